package dev.listenkeyd.process;

import dev.listenkeyd.exchange.CallLedger;
import dev.listenkeyd.exchange.CallLedger.Call;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The times between renewals of the same account that worked, as the exchange saw them. */
final class RenewalGaps {

    /** From one renewal to the next one, which came at {@code end}. */
    private record Gap(Instant end, Duration length) {}

    private final List<Gap> gaps = new ArrayList<>();

    RenewalGaps(CallLedger ledger) {
        Map<String, Instant> last = new HashMap<>();
        for (Call call : ledger.calls()) {
            if (call.method().equals("PUT") && call.succeeded()) {
                Instant before = last.put(call.apiKey(), call.at());
                if (before != null) {
                    gaps.add(new Gap(call.at(), Duration.between(before, call.at())));
                }
            }
        }
    }

    Duration longest() {
        return gaps.stream().map(Gap::length).max(Duration::compareTo).orElse(Duration.ZERO);
    }

    /**
     * Renewals between the two instants that came so soon after another one, or were followed so soon, that a single daemon would
     * not have made both.
     */
    long extra(Instant from, Instant to, Duration soon) {
        return gaps.stream()
                .filter(gap -> gap.length().compareTo(soon) < 0)
                .filter(gap -> !gap.end().isBefore(from)
                        && !gap.end().minus(gap.length()).isAfter(to))
                .count();
    }
}
