package dev.listenkeyd.lease;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The state of a lease between two calls. Each state holds only what is true in it. */
public sealed interface LeaseState {

    /** When the next attempt is due, null when none will be made. */
    default @Nullable Instant nextAttemptAt() {
        return null;
    }

    /** The same state with its next attempt then, if it has one. */
    LeaseState dueAt(Instant next);

    /** The same state after the clock was set back: due at once, as its next attempt would come too late. */
    default LeaseState shiftBack(Duration by, Instant now) {
        return dueAt(now);
    }

    /** The state without a pause. */
    default LeaseState unpaused() {
        return this;
    }

    /** Calls the visitor's method for this state. */
    <T> T accept(Visitor<T> visitor);

    /** One method for each state, so that a new state breaks the build wherever it is not handled. */
    interface Visitor<T> {
        T pending(Pending state);

        T active(Active state);

        T retrying(Retrying state);

        T recovering(Recovering state);

        T lost(Lost state);

        T paused(Paused state);
    }

    /** Failed attempts in a row. */
    default int failures() {
        return 0;
    }

    /**
     * Registered; no call has succeeded yet.
     *
     * @param adopted the listen key that the caller claims to have, or null
     */
    record Pending(
            Instant nextAttemptAt, int failures, @Nullable Secret adopted) implements LeaseState {
        @Override
        public Pending dueAt(Instant next) {
            return new Pending(next, failures, adopted);
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.pending(this);
        }
    }

    /**
     * The key lives; its last attempt succeeded.
     *
     * @param nextAttempt in {@link EpochNanos}
     */
    record Active(long nextAttempt) implements LeaseState {
        public Active(Instant nextAttemptAt) {
            this(EpochNanos.of(nextAttemptAt));
        }

        @Override
        public Instant nextAttemptAt() {
            return EpochNanos.instant(nextAttempt);
        }

        @Override
        public Active dueAt(Instant next) {
            return new Active(next);
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.active(this);
        }
    }

    /**
     * The key lives; its last attempt failed.
     *
     * @param since first of the failures in a row
     */
    record Retrying(Instant nextAttemptAt, int failures, Instant since) implements LeaseState {
        @Override
        public Retrying dueAt(Instant next) {
            return new Retrying(next, failures, since);
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.retrying(this);
        }
    }

    /**
     * The key is lost, and attempts go on: to create a new one, or, with onLoss report, to find out whether the old one still lives (a renewal may have worked although its reply was lost).
     *
     * @param at when the loss was declared
     */
    record Recovering(Instant nextAttemptAt, int failures, Instant at) implements LeaseState {
        @Override
        public Recovering dueAt(Instant next) {
            return new Recovering(next, failures, at);
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.recovering(this);
        }
    }

    /** The key is lost, as the exchange has confirmed; no more attempts are made. */
    record Lost(Instant at) implements LeaseState {
        @Override
        public Lost dueAt(Instant next) {
            return this;
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.lost(this);
        }
    }

    /**
     * No call is made until the pause ends.
     *
     * @param suspended the state that goes on afterwards, never a pause itself. It may change meanwhile: by the reply to a call that was in flight, or because the key's deadline passes
     */
    record Paused(AccountPause pause, LeaseState suspended) implements LeaseState {
        @Override
        public @Nullable Instant nextAttemptAt() {
            Instant next = suspended.nextAttemptAt();
            return next == null || next.isAfter(pause.until()) ? next : pause.until();
        }

        @Override
        public int failures() {
            return suspended.failures();
        }

        @Override
        public LeaseState unpaused() {
            return suspended;
        }

        @Override
        public Paused dueAt(Instant next) {
            return new Paused(pause, suspended.dueAt(next));
        }

        @Override
        public Paused shiftBack(Duration by, Instant now) {
            return new Paused(pause.shiftBack(by), suspended.dueAt(now));
        }

        @Override
        public <T> T accept(Visitor<T> visitor) {
            return visitor.paused(this);
        }
    }
}
