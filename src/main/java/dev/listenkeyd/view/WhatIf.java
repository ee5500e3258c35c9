package dev.listenkeyd.view;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.forecast.Forecast;
import dev.listenkeyd.forecast.OutageSimulation;
import dev.listenkeyd.forecast.OutageSimulation.LostKey;
import dev.listenkeyd.forecast.OutageSimulation.Outage;
import dev.listenkeyd.forecast.OutageSimulation.Result;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.view.WhatIfView.LostKeyView;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Simulates outages with the current leases, one at a time, since each simulation uses a processor for seconds. A client can have
 * one request at a time, and requests are served in order, so no client can keep out the others.
 */
@Singleton
public final class WhatIf {
    private static final String OUTAGE_MINUTES = "outageMinutes";
    private static final String STARTS_IN_MINUTES = "startsInMinutes";
    public static final int MOST_MINUTES = 1440;

    private static final List<String> MEMBERS = Member.names(Request.class);
    private static final int MOST_LISTED = 1000;

    /** How long a client waits for its turn. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** The request, for the description of the API and of the tool. */
    @Schema(name = "WhatIfRequest", additionalProperties = Schema.False.class)
    public record Request(
            @Schema(description = "Length of the outage", minimum = "1", maximum = "" + MOST_MINUTES)
            int outageMinutes,

            @Schema(
                    description = "Start of the outage, from now",
                    defaultValue = "0",
                    minimum = "0",
                    maximum = "" + MOST_MINUTES)
            @Nullable
            Integer startsInMinutes) {}

    private final Semaphore turn = new Semaphore(1, true);
    private final Set<String> asking = ConcurrentHashMap.newKeySet();
    private final LeaseRegistry registry;
    private final ExchangeGate gate;
    private final OutageSimulation outageSimulation;
    private final InstantSource clock;

    WhatIf(LeaseRegistry registry, ExchangeGate gate, OutageSimulation outageSimulation, InstantSource clock) {
        this.registry = registry;
        this.gate = gate;
        this.outageSimulation = outageSimulation;
        this.clock = clock;
    }

    /**
     * Simulates an outage on the caller's thread, for seconds; longer when other clients asked before.
     *
     * @param question the members of a {@link Request}
     * @throws LeaseRefused listing all that is wrong, or because a request of this client is still running
     */
    public WhatIfView of(String client, Map<String, Object> question) {
        Outage outage = outage(question);
        if (!asking.add(client)) {
            throw new LeaseRefused(
                    Refusal.BUSY, "an earlier request of this client is still running; ask again in a second");
        }
        try {
            return inTurn(outage);
        } finally {
            asking.remove(client);
        }
    }

    private WhatIfView inTurn(Outage outage) {
        if (!waited()) {
            throw new LeaseRefused(Refusal.BUSY, "other clients asked before; ask again in a second");
        }
        try {
            return simulated(List.copyOf(registry.all()), outage);
        } finally {
            turn.release();
        }
    }

    private boolean waited() {
        try {
            return turn.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static Outage outage(Map<String, Object> question) {
        List<String> wrong = new ArrayList<>(UnknownMembers.unknown(question.keySet().stream(), MEMBERS));
        int length = minutes(question, OUTAGE_MINUTES, 1, wrong);
        int startsIn = question.get(STARTS_IN_MINUTES) == null ? 0 : minutes(question, STARTS_IN_MINUTES, 0, wrong);
        if (!wrong.isEmpty()) {
            throw new LeaseRefused(Refusal.INVALID_REQUEST, String.join("; ", wrong));
        }
        return new Outage(Duration.ofMinutes(startsIn), Duration.ofMinutes(length));
    }

    private static int minutes(Map<String, Object> question, String member, int least, List<String> wrong) {
        Object value = question.get(member);
        boolean whole = value instanceof Integer || value instanceof Long;
        if (whole
                && value instanceof Number number
                && number.longValue() >= least
                && number.longValue() <= MOST_MINUTES) {
            return number.intValue();
        }
        wrong.add(
                value == null
                        ? member + ": is missing"
                        : member + ": must be a whole number from " + least + " to " + MOST_MINUTES);
        return least;
    }

    private WhatIfView simulated(List<Lease> leases, Outage outage) {
        long possible = outageSimulation
                .longestOutage(leases.size(), gate, outage.startsIn())
                .toMinutes();
        if (outage.length().toMinutes() > possible) {
            throw new LeaseRefused(Refusal.INVALID_REQUEST, tooMuch(leases.size(), possible));
        }
        Result result = outageSimulation.of(leases, gate, outage);
        List<LostKey> lost = result.lost();
        List<LostKeyView> listed =
                lost.stream().limit(MOST_LISTED).map(LostKeyView::of).toList();
        int without = (int) leases.stream().filter(lease -> !lease.isLive()).count();
        double survivable = Forecast.survivableOutageSeconds(leases, gate.perSecond(), clock.instant());
        return new WhatIfView(
                text(result, leases.size(), without, survivable),
                result.from(),
                result.until(),
                leases.size(),
                without,
                lost.size(),
                listed,
                lost.size() - listed.size(),
                Seconds.of(survivable));
    }

    private static String tooMuch(int leases, long possible) {
        return possible < 1
                ? OUTAGE_MINUTES + ": with " + leases + " leases no outage can be rehearsed that begins so late;"
                        + " try " + STARTS_IN_MINUTES + " 0"
                : OUTAGE_MINUTES + ": with " + leases + " leases it must be at most " + possible + " now;"
                        + " an earlier start leaves room for a longer one";
    }

    private static String text(Result result, int leases, int without, double survivable) {
        List<LostKey> lost = result.lost();
        List<String> sentences = new ArrayList<>();
        sentences.add("If the exchange did not answer from " + result.from() + " until " + result.until() + ", "
                + lost.size() + " of " + (leases - without) + " live keys would be lost.");
        if (!lost.isEmpty()) {
            LostKey first = lost.get(0);
            long forGood =
                    lost.stream().filter(key -> key.recoveredAt() == null).count();
            sentences.add("The first would be that of " + first.account() + " at " + first.at() + ".");
            if (forGood > 0) {
                sentences.add("For " + forGood
                        + " of them no other key would take its place until a key's life after the" + " outage.");
            }
        }
        if (without > 0) {
            sentences.add(without + " of the leases have no live key now.");
        }
        if (!Double.isInfinite(survivable)) {
            sentences.add(
                    survivable > 0
                            ? "An outage that began now could last " + (long) survivable
                                    + " s before the first key is lost."
                            : "A key can't be saved any more if the exchange goes away now.");
        }
        sentences.add(
                "This was simulated with the code that renews and the leases as they are now; in it calls take no time.");
        return String.join(" ", sentences);
    }
}
