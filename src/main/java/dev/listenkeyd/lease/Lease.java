package dev.listenkeyd.lease;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The daemon's promise to keep one account's listen key alive: facts only, the rest is derived.
 *
 * @param generation 0 before the first key, then +1 whenever the key string changes
 * @param key null until a first call succeeded; after a loss the dead key, until another takes its place
 * @param version grows with every change, so that an older write never overtakes a newer one
 */
public record Lease(
        Registration registration,
        int generation,
        @Nullable ListenKey key,
        LeaseState state,
        @Nullable Failure lastFailure,
        @Nullable Loss lastLoss,
        long version) {

    /** A new lease, due at once. {@code adopted} is a key that the caller already has, or null. */
    public static Lease registered(Registration registration, @Nullable Secret adopted) {
        LeaseState due = new LeaseState.Pending(registration.registeredAt(), 0, adopted);
        return new Lease(registration, adopted == null ? 0 : 1, null, due, null, null, 1);
    }

    public String account() {
        return registration.account();
    }

    public OnLoss onLoss() {
        return registration.onLoss();
    }

    /** Whether both are one lease at different times, and not two registrations of one account. */
    public boolean isSameRegistration(Lease other) {
        return account().equals(other.account())
                && registration.registeredAt().equals(other.registration().registeredAt());
    }

    /** The deadline of the live key; null when there is none. */
    public @Nullable Instant expiresAt() {
        return key == null || isLost() ? null : key.expiresAt();
    }

    public boolean isPending() {
        return state instanceof LeaseState.Pending;
    }

    public boolean isLost() {
        return state instanceof LeaseState.Recovering || state instanceof LeaseState.Lost;
    }

    /** Whether the key of this lease was vouched for by the exchange and has not died since. */
    public boolean isLive() {
        return expiresAt() != null;
    }

    /** The last failure, unless a call has succeeded since: then it says nothing about how the lease stands; null. */
    public @Nullable Failure failureSinceSuccess() {
        boolean over = lastFailure != null && key != null && !lastFailure.at().isAfter(key.lastSuccessAt());
        return over ? null : lastFailure;
    }

    /** Calls made for this lease after that instant, as far as its facts tell. */
    public int callsSince(Instant start) {
        boolean failed = lastFailure != null && lastFailure.at().isAfter(start);
        boolean succeeded = key != null && key.lastSuccessAt().isAfter(start);
        boolean confirmed =
                key != null && key.confirmedAt() != null && key.confirmedAt().isAfter(start);
        return (failed ? 1 : 0) + (succeeded ? 1 : 0) + (succeeded && confirmed ? 1 : 0);
    }

    public Lease withRegistration(Registration other) {
        return new Lease(other, generation, key, state, lastFailure, lastLoss, version);
    }

    public Lease withState(LeaseState other) {
        return new Lease(registration, generation, key, other, lastFailure, lastLoss, version);
    }

    public Lease withFailure(LeaseState other, Failure failure) {
        return new Lease(registration, generation, key, other, failure, lastLoss, version);
    }

    public Lease withKey(int newGeneration, ListenKey newKey, LeaseState other, @Nullable Loss loss) {
        return new Lease(registration, newGeneration, newKey, other, lastFailure, loss, version);
    }

    public Lease withLoss(LeaseState other, Loss loss) {
        return new Lease(registration, generation, key, other, lastFailure, loss, version);
    }

    /** The lease after the clock was set back: its deadline comes nearer, and it is due at once. */
    public Lease shiftBack(Duration by, Instant now) {
        ListenKey held = key == null ? null : key.shiftBack(by);
        return new Lease(registration, generation, held, state.dueAt(now), lastFailure, lastLoss, version);
    }

    public Lease withVersion(long other) {
        return new Lease(registration, generation, key, state, lastFailure, lastLoss, other);
    }
}
