package dev.listenkeyd.renewal;

import dev.listenkeyd.renewal.Failure.Reason;
import dev.listenkeyd.renewal.LeaseState.Retrying;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Objects;

/** What will become of leases if nothing changes: computed with the very policy that renews them. */
public record Prognosis(RenewalPolicy policy) {
    private static final int MOST_ATTEMPTS_COUNTED = 1000;
    private static final double AVERAGE_CHANCE = 0.5;

    /** How the lease stands now, given when the gate lets calls through again (now or earlier when it is open). */
    public LeaseStatus status(Lease lease, Instant now, Instant gateOpensAt) {
        Instant deadline = lease.expiresAt();
        if (lease.isLost()) {
            return LeaseStatus.LOST;
        }
        if (lease.isPending()) {
            return needsOperator(lease) ? LeaseStatus.AT_RISK : LeaseStatus.PENDING;
        }
        boolean failing = lease.state() instanceof Retrying;
        boolean shut = deadline != null && !gateOpensAt.isBefore(deadline);
        if (shut
                || (failing && needsOperator(lease))
                || attemptsLeft(lease, now, gateOpensAt, policy.attemptsKept()) < policy.attemptsKept()) {
            return LeaseStatus.AT_RISK;
        }
        return failing ? LeaseStatus.RETRYING : LeaseStatus.ACTIVE;
    }

    /** How many attempts would still be made before the deadline if all of them failed; 0 without a live key. */
    public int attemptsLeft(Lease lease, Instant now, Instant gateOpensAt) {
        return attemptsLeft(lease, now, gateOpensAt, MOST_ATTEMPTS_COUNTED);
    }

    private int attemptsLeft(Lease lease, Instant now, Instant gateOpensAt, int enough) {
        Instant deadline = lease.expiresAt();
        Instant next = lease.state().nextAttemptAt();
        if (deadline == null || next == null) {
            return 0;
        }
        Instant at = latest(next, latest(now, gateOpensAt));
        Reason reason = needsOperator(lease) && lease.lastFailure() != null
                ? lease.lastFailure().reason()
                : Reason.UNREACHABLE;
        int left = 0;
        while (left < enough && at.isBefore(deadline)) {
            left++;
            at = at.plus(policy.backoff().gap(lease.state().failures() + left, reason, at, deadline, AVERAGE_CHANCE));
        }
        return left;
    }

    private static boolean needsOperator(Lease lease) {
        Failure failure = lease.lastFailure();
        return lease.state().failures() > 0
                && failure != null
                && failure.reason().needsOperator();
    }

    /**
     * If the exchange went away now, how long until the first key dies, when after its return leases are renewed in
     * deadline order at {@code perSecond}: min over k of (k-th deadline - k / rate) - now. Empty fleet: forever.
     *
     * @return seconds, negative when a key can no longer be saved, infinite when there is none to lose
     */
    public static double survivableOutageSeconds(Collection<Lease> leases, double perSecond, Instant now) {
        double[] deadlines = leases.stream()
                .map(Lease::expiresAt)
                .filter(Objects::nonNull)
                .mapToDouble(deadline -> Duration.between(now, deadline).toMillis() / 1e3)
                .sorted()
                .toArray();
        Arrays.setAll(deadlines, k -> deadlines[k] - (k + 1) / perSecond);
        return Arrays.stream(deadlines).min().orElse(Double.POSITIVE_INFINITY);
    }

    private static Instant latest(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }
}
