package dev.listenkeyd.forecast;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.ListenKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The state of all leases at one instant, from one pass over them; for status, health and metrics.
 *
 * @param counts an entry for every status
 * @param nearestExpiry nearest deadline of all live keys, those of paused leases aside; null without one
 * @param survivableOutageSeconds see {@link Forecast#survivableOutageSeconds}
 * @param lastSuccessAt newest success of any lease; null before the first
 * @param troubled the first leases by account that are lost, at risk, or without a first key for too long
 */
public record Overview(
        Map<LeaseStatus, Integer> counts,
        @Nullable Instant nearestExpiry,
        double survivableOutageSeconds,
        @Nullable Instant lastSuccessAt,
        List<Lease> troubled) {

    /** A registration without a key after this long is in trouble: its consumers wait for their stream. */
    static final Duration PENDING_TOO_LONG = Duration.ofMinutes(1);

    private static final int TROUBLED_SHOWN = 10;

    public static Overview of(Collection<Lease> leases, Forecast forecast, ExchangeGate gate, Instant now) {
        double survivable = Forecast.survivableOutageSeconds(leases, gate.perSecond(), now);
        return of(leases, forecast, gate.opensAt(), survivable, now);
    }

    /** With leases that other replicas renew, whose gates are taken as open; the survivable outage stays that of this one's. */
    public Overview and(Collection<Lease> ofOthers, Forecast forecast, Instant now) {
        Overview others = of(ofOthers, forecast, Instant.EPOCH, survivableOutageSeconds, now);
        Map<LeaseStatus, Integer> sums = new EnumMap<>(counts);
        others.counts.forEach((status, count) -> sums.merge(status, count, Integer::sum));
        Instant newest =
                others.lastSuccessAt == null || (lastSuccessAt != null && lastSuccessAt.isAfter(others.lastSuccessAt))
                        ? lastSuccessAt
                        : others.lastSuccessAt;
        List<Lease> inTrouble = Stream.concat(troubled.stream(), others.troubled.stream())
                .sorted(Comparator.comparing(Lease::account))
                .limit(TROUBLED_SHOWN)
                .toList();
        return new Overview(
                sums, earliest(nearestExpiry, others.nearestExpiry), survivableOutageSeconds, newest, inTrouble);
    }

    private static Overview of(
            Collection<Lease> leases, Forecast forecast, Instant opensAt, double survivable, Instant now) {
        Map<LeaseStatus, Integer> counts = new EnumMap<>(LeaseStatus.class);
        for (LeaseStatus status : LeaseStatus.values()) {
            counts.put(status, 0);
        }
        List<Lease> troubled = new ArrayList<>();
        Instant nearest = null;
        Instant lastSuccess = null;
        for (Lease lease : leases) {
            LeaseStatus status = forecast.status(lease, now, opensAt);
            counts.merge(status, 1, Integer::sum);
            if (isTrouble(lease, status, now) && troubled.size() < TROUBLED_SHOWN) {
                troubled.add(lease);
            }
            nearest = status == LeaseStatus.PAUSED ? nearest : earliest(nearest, lease.expiresAt());
            ListenKey key = lease.key();
            lastSuccess =
                    key != null && (lastSuccess == null || key.lastSuccessAt().isAfter(lastSuccess))
                            ? key.lastSuccessAt()
                            : lastSuccess;
        }
        return new Overview(counts, nearest, survivable, lastSuccess, troubled);
    }

    private static boolean isTrouble(Lease lease, LeaseStatus status, Instant now) {
        return switch (status) {
            case LOST, AT_RISK -> true;
            case PENDING ->
                lease.registration().registeredAt().plus(PENDING_TOO_LONG).isBefore(now);
            case ACTIVE, RETRYING, PAUSED -> false;
        };
    }

    private static @Nullable Instant earliest(@Nullable Instant a, @Nullable Instant b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return a.isBefore(b) ? a : b;
    }
}
