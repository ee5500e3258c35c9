package dev.listenkeyd.lease;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.budget.Permit;
import dev.listenkeyd.budget.Priority;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Lost;
import dev.listenkeyd.lease.LeaseState.Pending;
import dev.listenkeyd.lease.LeaseState.Recovering;
import dev.listenkeyd.lease.LeaseState.Retrying;
import dev.listenkeyd.lease.RenewalOutcome.Failed;
import dev.listenkeyd.lease.RenewalOutcome.Paused;
import dev.listenkeyd.renewal.RenewalPolicy;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What tests start from: the default policy, and leases in every state. */
public final class Given {
    public static final Instant T0 = VirtualClock.START;
    public static final RenewalPolicy POLICY =
            new RenewalPolicy(ofMinutes(60), ofMinutes(30), null, ofSeconds(1), ofSeconds(60), 5);
    /** As {@link #POLICY}, with checks every minute, as the application has it by default. */
    public static final RenewalPolicy CHECKING =
            new RenewalPolicy(ofMinutes(60), ofMinutes(30), ofMinutes(1), ofSeconds(1), ofSeconds(60), 5);

    public static final Secret API_KEY = new Secret("api-key");
    public static final Secret OURS = new Secret("our-listen-key");
    public static final Secret OTHER = new Secret("another-listen-key");

    private Given() {}

    public static Instant at(double seconds) {
        return T0.plusMillis(Math.round(seconds * 1000));
    }

    public static Registration registration(String account, OnLoss onLoss) {
        return new Registration(account, API_KEY, onLoss, "bot", T0);
    }

    public static Lease pending(OnLoss onLoss) {
        return Lease.registered(registration("main", onLoss), null);
    }

    public static Lease adopted(OnLoss onLoss) {
        return Lease.registered(registration("main", onLoss), OURS);
    }

    /** Confirmed at T0, so its deadline is T0 + 60 min. */
    public static Lease in(LeaseState state, OnLoss onLoss) {
        return in("main", state, onLoss, T0.plus(POLICY.ttl()));
    }

    public static Lease in(String account, LeaseState state, OnLoss onLoss, Instant expiresAt) {
        ListenKey key = new ListenKey(OURS, T0, T0, expiresAt);
        return new Lease(registration(account, onLoss), 1, key, state, null, null, 1);
    }

    public static Lease active(OnLoss onLoss) {
        return in(new Active(at(1800)), onLoss);
    }

    public static Lease retrying(int failures, OnLoss onLoss) {
        return in(new Retrying(at(1801), failures, at(1800)), onLoss);
    }

    public static Lease recovering(int failures, OnLoss onLoss) {
        Loss loss = loss(LossCause.EXPIRED, T0, null, OURS.fingerprint());
        return in(new Recovering(at(3601), failures, at(3600)), onLoss)
                .withLoss(new Recovering(at(3601), failures, at(3600)), loss);
    }

    public static Lease lost(OnLoss onLoss) {
        Loss loss = loss(LossCause.EXPIRED, T0, null, OURS.fingerprint());
        return in(new Lost(at(3600)), onLoss).withLoss(new Lost(at(3600)), loss);
    }

    public static Lease pendingAfter(int failures, Reason reason) {
        Lease lease = pending(OnLoss.RECREATE);
        return lease.withFailure(new Pending(at(1), failures, null), failure(reason, T0));
    }

    /** Noticed at once; if it has an end, by {@link #OTHER}. */
    public static Loss loss(LossCause cause, Instant lostAt, @Nullable Instant recoveredAt, String fingerprint) {
        Loss noticed = new Loss(1, cause, lostAt, lostAt, null, fingerprint, null);
        return recoveredAt == null ? noticed : noticed.recovered(recoveredAt, OTHER);
    }

    public static Failure failure(Reason reason, Instant at) {
        return new Failure(at, reason, null, null, "because the test says so");
    }

    public static Failed failed(Reason reason) {
        return new Failed(failure(reason, T0));
    }

    public static Paused paused(Reason reason, Instant until) {
        return new Paused(failure(reason, T0), until);
    }

    /** A pause of an account that began at T0. */
    public static AccountPause maintenance(double until) {
        return new AccountPause(T0, at(until), "maintenance");
    }

    /** One call leaves, and this is what it comes to. */
    public static List<FleetEvent> call(ExchangeGate gate, RenewalOutcome outcome) {
        try (Permit permit = gate.tryAcquire(Priority.URGENT, 0)) {
            return Objects.requireNonNull(permit, "no call may leave").settle(outcome);
        }
    }
}
