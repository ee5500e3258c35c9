package dev.listenkeyd.forecast;

import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Retrying;
import dev.listenkeyd.renewal.RenewalPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Predicts the future of leases if nothing changes, with the same policy that renews them. */
public record Forecast(RenewalPolicy policy) {
    private static final int MOST_ATTEMPTS_COUNTED = 1000;
    private static final double AVERAGE_CHANCE = 0.5;

    /** A threat to a lease that is not lost. */
    enum Risk {
        /** Only an operator can fix the last failure. */
        NEEDS_OPERATOR,
        /** The gate stays closed past the deadline. */
        GATE_SHUT,
        /** Fewer than {@code attempts-kept} attempts are left. */
        FEW_ATTEMPTS
    }

    /** The status of the lease. {@code gateOpensAt} is not after {@code now} when the gate is open. */
    public LeaseStatus status(Lease lease, Instant now, Instant gateOpensAt) {
        if (lease.pause() != null) {
            return LeaseStatus.PAUSED;
        }
        if (lease.isLost()) {
            return LeaseStatus.LOST;
        }
        if (risk(lease, now, gateOpensAt) != null) {
            return LeaseStatus.AT_RISK;
        }
        if (lease.isPending()) {
            return LeaseStatus.PENDING;
        }
        return lease.state() instanceof Retrying ? LeaseStatus.RETRYING : LeaseStatus.ACTIVE;
    }

    /** The first threat that applies, or null; always null while the lease is paused. */
    @Nullable
    Risk risk(Lease lease, Instant now, Instant gateOpensAt) {
        if (lease.pause() != null) {
            return null;
        }
        if (needsOperator(lease)) {
            return Risk.NEEDS_OPERATOR;
        }
        Instant deadline = lease.expiresAt();
        if (deadline == null) {
            return null;
        }
        if (!gateOpensAt.isBefore(deadline)) {
            return Risk.GATE_SHUT;
        }
        Instant next = nextCall(lease, now, gateOpensAt);
        if (next != null && policy.backoff().hasRoom(next, deadline)) {
            return null;
        }
        int kept = policy.attemptsKept();
        return attempts(lease, now, gateOpensAt, kept, at -> {}) < kept ? Risk.FEW_ATTEMPTS : null;
    }

    /** Number of attempts before the deadline if all of them fail; 0 without a live key. */
    public int attemptsLeft(Lease lease, Instant now, Instant gateOpensAt) {
        return attempts(lease, now, gateOpensAt, MOST_ATTEMPTS_COUNTED, at -> {});
    }

    /** Expected times of the first attempts that {@link #attemptsLeft} counts, with average jitter. */
    public List<Instant> attempts(Lease lease, Instant now, Instant gateOpensAt, int most) {
        List<Instant> first = new ArrayList<>();
        attempts(lease, now, gateOpensAt, most, first::add);
        return first;
    }

    /** The earliest time of the next call for this lease; null when none is planned. */
    public @Nullable Instant nextCall(Lease lease, Instant now, Instant gateOpensAt) {
        Instant next = lease.state().nextAttemptAt();
        return next == null ? null : latest(policy.soonest(lease, next), latest(now, gateOpensAt));
    }

    private int attempts(Lease lease, Instant now, Instant gateOpensAt, int enough, Consumer<Instant> each) {
        Instant deadline = lease.expiresAt();
        Instant at = nextCall(lease, now, gateOpensAt);
        if (deadline == null || at == null) {
            return 0;
        }
        Reason reason = needsOperator(lease) && lease.lastFailure() != null
                ? lease.lastFailure().reason()
                : Reason.UNREACHABLE;
        int left = 0;
        while (left < enough && at.isBefore(deadline)) {
            each.accept(at);
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
     * The longest outage, starting now, that no key would die of, if leases are renewed afterwards in deadline order at {@code perSecond}: min over k of (k-th deadline - k / rate) - now.
     *
     * <p>Paused leases are left out: nothing keeps their keys now, whatever the exchange does.
     *
     * @return seconds; negative when a key can no longer be saved, infinite without live keys
     */
    public static double survivableOutageSeconds(Collection<Lease> leases, double perSecond, Instant now) {
        double[] deadlines = leases.stream()
                .filter(lease -> lease.pause() == null)
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
