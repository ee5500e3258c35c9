package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.OnLoss;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The numbers that decide when a lease is renewed, checked and retried. What an outcome means: {@link LeaseTransitions}.
 *
 * @param ttl life of a key after a successful call
 * @param renewEvery latest next renewal; the actual one is drawn in [80 %, 100 %] of it
 * @param checkEvery shortest interval of the checks between two renewals, never below {@code retryMin}; null for no checks
 * @param retryMin smallest gap between two attempts of one account
 * @param retryMax largest gap after a failure that may pass by itself
 * @param attemptsKept backoff shrinks so that this many attempts stay before the deadline
 */
public record RenewalPolicy(
        Duration ttl,
        Duration renewEvery,
        @Nullable Duration checkEvery,
        Duration retryMin,
        Duration retryMax,
        int attemptsKept) {

    /** A renewal is due after a random share of renew-every, at least this, so that leases spread. */
    static final double EARLIEST_SHARE = 0.8;

    /**
     * With spare weight, a lease without a live key is retried this long after a failure, so that a new key is there within 2 s of the exchange's return.
     */
    static final Duration KEY_RETRY = Duration.ofMillis(1500);

    private static final int MAX_ATTEMPTS_KEPT = 100;

    /** @throws IllegalArgumentException naming everything that is wrong with the numbers */
    public RenewalPolicy {
        List<String> wrong = violations(ttl, renewEvery, checkEvery, retryMin, retryMax, attemptsKept);
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", wrong));
        }
        checkEvery = checkEvery == null || checkEvery.compareTo(retryMin) > 0 ? checkEvery : retryMin;
    }

    /** All violations, as sentences; empty for a valid policy. */
    public static List<String> violations(
            Duration ttl,
            Duration renewEvery,
            @Nullable Duration checkEvery,
            Duration retryMin,
            Duration retryMax,
            int attemptsKept) {
        List<String> wrong = new ArrayList<>();
        require(wrong, ttl.compareTo(Backoff.LAST_CALL) > 0, "lease.ttl must be longer than 2s");
        require(wrong, isPositive(renewEvery), "lease.renew-every must be longer than 0");
        require(wrong, renewEvery.compareTo(ttl) < 0, "lease.renew-every must be shorter than lease.ttl");
        require(wrong, isPositive(retryMin), "lease.retry-min must be longer than 0");
        require(wrong, checkEvery == null || isPositive(checkEvery), "lease.check-every must be longer than 0");
        require(wrong, retryMin.compareTo(retryMax) <= 0, "lease.retry-min must not exceed lease.retry-max");
        boolean countable = attemptsKept >= 1 && attemptsKept <= MAX_ATTEMPTS_KEPT;
        require(wrong, countable, "lease.attempts-kept must be from 1 to " + MAX_ATTEMPTS_KEPT);
        if (countable && isPositive(retryMin) && renewEvery.compareTo(ttl) < 0) {
            require(
                    wrong,
                    retryMin.multipliedBy(attemptsKept).compareTo(ttl.minus(renewEvery)) <= 0,
                    "lease.attempts-kept attempts, lease.retry-min apart, must fit between lease.renew-every and"
                            + " lease.ttl");
        }
        return wrong;
    }

    private static boolean isPositive(Duration duration) {
        return duration.compareTo(Duration.ZERO) > 0;
    }

    private static void require(List<String> wrong, boolean holds, String sentence) {
        if (!holds) {
            wrong.add(sentence);
        }
    }

    /**
     * When the next check of a lease is due; null for no check. For a lease that may be recreated it counts from the last
     * POST, since a PUT in between does not tell which key it extended.
     *
     * @param lastCheck when a check was last made, successful or not; null when unknown
     */
    @Nullable
    Instant nextCheck(Lease lease, @Nullable Instant lastCheck) {
        ListenKey held = lease.key();
        if (checkEvery == null || held == null || !(lease.state() instanceof Active)) {
            return null;
        }
        Instant asked = lease.onLoss() == OnLoss.RECREATE ? held.knownAliveAt() : held.lastSuccessAt();
        return (lastCheck != null && lastCheck.isAfter(asked) ? lastCheck : asked).plus(checkEvery);
    }

    /**
     * The interval between two checks of a lease; null for no checks.
     *
     * @param leases leases that share the checks
     * @param perWindow most checks in a window of the weight
     */
    public @Nullable Duration checkInterval(int leases, int perWindow, Duration window) {
        Duration shared = window.multipliedBy(leases).dividedBy(perWindow);
        return checkEvery == null || checkEvery.compareTo(shared) > 0 ? checkEvery : shared;
    }

    /** Average time between two renewals of a lease. */
    public Duration meanInterval() {
        return Backoff.scaled(renewEvery, (1 + EARLIEST_SHARE) / 2);
    }

    /** Request weight per window that renewing this many leases takes. */
    public double weightNeeded(int leases, Confirmation confirmation, Duration window) {
        return (double) leases * confirmation.callsPerRenewal() * window.toNanos() / renewEvery.toNanos();
    }

    public Backoff backoff() {
        return new Backoff(retryMin, retryMax, attemptsKept);
    }

    /**
     * The earliest start of the next attempt with spare weight. It is before {@code next} only for a lease without a live key, whose consumers receive nothing meanwhile.
     */
    public Instant soonest(Lease lease, Instant next) {
        Failure failure = lease.lastFailure();
        boolean wantsKey =
                lease.pause() == null && (lease.isPending() || (lease.isLost() && lease.onLoss() == OnLoss.RECREATE));
        if (!wantsKey
                || failure == null
                || lease.state().failures() == 0
                || failure.reason().needsOperator()) {
            return next;
        }
        Instant soonest = failure.at().plus(KEY_RETRY.compareTo(retryMin) < 0 ? retryMin : KEY_RETRY);
        return soonest.isBefore(next) ? soonest : next;
    }

    /**
     * When a failed lease is retried after the exchange has returned: at once, but not before retry-min after its last attempt. Null when its next attempt stays as it is.
     */
    @Nullable
    Instant retryAfterReturn(Lease lease, Instant now) {
        Instant next = lease.state().nextAttemptAt();
        Failure failure = lease.lastFailure();
        if (next == null
                || failure == null
                || lease.state().failures() == 0
                || !failure.reason().isNoAnswer()) {
            return null;
        }
        Instant soonest = failure.at().plus(retryMin);
        Instant retry = soonest.isAfter(now) ? soonest : now;
        return retry.isBefore(next) ? retry : null;
    }
}
