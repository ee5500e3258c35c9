package dev.listenkeyd.lease;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * The promise to keep one account's listen key alive: facts only; everything else is derived.
 *
 * @param generation 0 before the first key, then +1 whenever the key string changes
 * @param key null until a first call succeeded; after a loss the dead key, until another takes its place
 * @param version grows with every change, over registrations and restarts, too: it starts from the clock
 */
public record Lease(
        Registration registration,
        int generation,
        @Nullable ListenKey key,
        LeaseState state,
        @Nullable Failure lastFailure,
        @Nullable Loss lastLoss,
        long version) {

    /** A new lease, due at once. {@code adopted} is a listen key that the caller already has, or null. */
    public static Lease registered(Registration registration, @Nullable Secret adopted) {
        LeaseState due = new LeaseState.Pending(registration.registeredAt(), 0, adopted);
        long version = versionAt(registration.registeredAt());
        return new Lease(registration, adopted == null ? 0 : 1, null, due, null, null, version);
    }

    /** Microseconds since the epoch: no lease changes so often that its version would overtake the clock. */
    private static long versionAt(Instant at) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, at);
    }

    public String account() {
        return registration.account();
    }

    public OnLoss onLoss() {
        return registration.onLoss();
    }

    /** Whether both stem from the same registration, not from two registrations of one account. */
    public boolean isSameRegistration(Lease other) {
        return account().equals(other.account())
                && registration.registeredAt().equals(other.registration().registeredAt());
    }

    /** Whether another account's lease has the same key, alive or not. */
    public boolean hasSameKey(Lease other) {
        return !account().equals(other.account())
                && key != null
                && other.key() != null
                && key.value().equals(other.key().value());
    }

    /** The deadline of the live key; null when there is none. */
    public @Nullable Instant expiresAt() {
        return key == null || isLost() ? null : key.expiresAt();
    }

    public boolean isPending() {
        return state.unpaused() instanceof LeaseState.Pending;
    }

    public boolean isLost() {
        return state.unpaused() instanceof LeaseState.Recovering || state.unpaused() instanceof LeaseState.Lost;
    }

    /** Whether the exchange has confirmed the key and it has not died since. */
    public boolean isLive() {
        return expiresAt() != null;
    }

    /** The key, if the exchange has confirmed it, it has not died since, and its deadline has not passed; else null. */
    public @Nullable ListenKey liveKey(Instant now) {
        Instant deadline = expiresAt();
        return deadline != null && now.isBefore(deadline) ? key : null;
    }

    /** The pause in force; null when calls are made. */
    public @Nullable AccountPause pause() {
        return state instanceof LeaseState.Paused paused ? paused.pause() : null;
    }

    /** The last failure; null when a call has succeeded since. */
    public @Nullable Failure failureSinceSuccess() {
        boolean over = lastFailure != null && key != null && !lastFailure.at().isAfter(key.lastSuccessAt());
        return over ? null : lastFailure;
    }

    /** Calls made for this lease since then, as far as its facts show. */
    public int callsSince(Instant start) {
        boolean failed = lastFailure != null && lastFailure.at().isAfter(start);
        boolean succeeded = key != null && key.lastSuccessAt().isAfter(start);
        boolean confirmed =
                key != null && key.confirmedAt() != null && key.confirmedAt().isAfter(start);
        // A check confirms the key by its one call, a renewal by a second.
        boolean checked = key != null && key.lastSuccessAt().equals(key.checkedAt());
        return (failed ? 1 : 0) + (succeeded ? 1 : 0) + (succeeded && confirmed && !checked ? 1 : 0);
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

    /** The lease under a pause, which takes the place of an earlier one. */
    public Lease withPause(AccountPause pause) {
        return withState(new LeaseState.Paused(pause, state.unpaused()));
    }

    /** The lease after its pause; an attempt that was due meanwhile is due now. Unchanged without a pause. */
    public Lease resumed(Instant now) {
        LeaseState after = state.unpaused();
        Instant next = after.nextAttemptAt();
        return pause() == null ? this : withState(next != null && next.isBefore(now) ? after.dueAt(now) : after);
    }

    public Lease withLoss(LeaseState other, Loss loss) {
        return new Lease(registration, generation, key, other, lastFailure, loss, version);
    }

    /** The lease after the clock was set back: all instants move back with it, and it is due at once. */
    public Lease shiftBack(Duration by, Instant now) {
        ListenKey held = key == null ? null : key.shiftBack(by);
        return new Lease(registration, generation, held, state.shiftBack(by, now), lastFailure, lastLoss, version);
    }

    /** The lease as a new process restores it: versions that an earlier one may not have written are not used again. */
    public Lease restored(Instant now) {
        return withVersion(Math.max(version, versionAt(now)));
    }

    public Lease withVersion(long other) {
        return new Lease(registration, generation, key, state, lastFailure, lastLoss, other);
    }
}
