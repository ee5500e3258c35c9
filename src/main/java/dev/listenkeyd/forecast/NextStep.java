package dev.listenkeyd.forecast;

import dev.listenkeyd.lease.AccountPause;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Lost;
import dev.listenkeyd.lease.LeaseState.Paused;
import dev.listenkeyd.lease.LeaseState.Pending;
import dev.listenkeyd.lease.LeaseState.Recovering;
import dev.listenkeyd.lease.LeaseState.Retrying;
import dev.listenkeyd.lease.LeaseState.Visitor;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.renewal.Backoff;
import dev.listenkeyd.renewal.RenewalPolicy;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The next step for a lease.
 *
 * @param at earliest time of the call; null for no call
 * @param why the reason, in sentences
 */
public record NextStep(Kind kind, @Nullable Instant at, String why) {

    /** The kind of step. The names are part of the HTTP API. */
    public enum Kind {
        /** Ask for the account's active key for the first time. */
        FIRST_KEY,
        /** The regular renewal. */
        RENEWAL,
        /** Another attempt after a failed renewal. */
        RETRY,
        /** Create a new key in place of the lost one. */
        NEW_KEY,
        /** Ask whether the lost key still lives. */
        CHECK,
        NOTHING
    }

    /** @param underWay whether a call for this lease is in flight */
    static NextStep of(Lease lease, Forecast forecast, Conditions conditions, boolean underWay) {
        Instant at = forecast.nextCall(lease, conditions.now(), conditions.opensAt());
        Instant deadline = lease.expiresAt();
        boolean dead = at != null && deadline != null && !at.isBefore(deadline);
        Choice choice =
                dead ? afterDeath(lease) : lease.state().accept(new Choices(lease, forecast.policy(), conditions));
        return new NextStep(
                choice.kind(), at, paused(lease, conditions) + choice.why() + waiting(lease, conditions, underWay));
    }

    private static String paused(Lease lease, Conditions conditions) {
        AccountPause pause = lease.pause();
        return pause == null
                ? ""
                : "Nothing before the pause ends, " + Descriptions.when(pause.until(), conditions.now()) + "; then: ";
    }

    private static Choice afterDeath(Lease lease) {
        String dies = "The key dies at " + lease.expiresAt() + ", before a call for it can leave; then ";
        return lease.onLoss() == OnLoss.RECREATE
                ? new Choice(Kind.NEW_KEY, dies + "a new key takes its place.")
                : new Choice(
                        Kind.CHECK,
                        dies
                                + "the exchange is asked whether it lives after all; none is made, since onLoss is report.");
    }

    private static String waiting(Lease lease, Conditions conditions, boolean underWay) {
        Instant due = lease.state().nextAttemptAt();
        if (underWay) {
            return " A call for it is under way, and not answered yet.";
        }
        if (due == null || (due.isAfter(conditions.now()) && !due.isBefore(conditions.opensAt()))) {
            return "";
        }
        return conditions.closed() == null
                ? " It is due since " + due + "; " + conditions.hindrance(lease) + "."
                : " It would be due at " + due + ", but waits until calls may leave.";
    }

    private record Choice(Kind kind, String why) {}

    private record Choices(Lease lease, RenewalPolicy policy, Conditions conditions) implements Visitor<Choice> {
        @Override
        public Choice pending(Pending state) {
            String what = state.adopted() == null
                    ? "The exchange is asked for the key of this account."
                    : "The exchange is asked whether the key that was handed over is the active one.";
            return new Choice(Kind.FIRST_KEY, what + row(state.failures()));
        }

        @Override
        public Choice active(Active state) {
            String regular = "The regular renewal: its time is drawn once per renewal, between 80 % and 100 % of "
                    + Descriptions.of(policy.renewEvery()) + " after the last renewal.";
            ListenKey key = lease.key();
            boolean shortened =
                    key != null && key.expiresAt().isBefore(key.lastSuccessAt().plus(policy.ttl()));
            return new Choice(
                    Kind.RENEWAL,
                    regular
                            + (shortened
                                    ? " It comes sooner in proportion, as the exchange gave the key a shorter life."
                                    : "")
                            + " " + conditions.checks(policy));
        }

        @Override
        public Choice retrying(Retrying state) {
            return new Choice(Kind.RETRY, "The key is to be renewed once more." + row(state.failures()));
        }

        @Override
        public Choice recovering(Recovering state) {
            return lease.onLoss() == OnLoss.RECREATE
                    ? new Choice(Kind.NEW_KEY, "A new key takes the place of the lost one." + row(state.failures()))
                    : new Choice(
                            Kind.CHECK,
                            "The exchange is asked whether the key lives after all; none is made, since onLoss is report."
                                    + row(state.failures()));
        }

        @Override
        public Choice lost(Lost state) {
            return new Choice(
                    Kind.NOTHING,
                    lease.onLoss() == OnLoss.REPORT
                            ? "Nothing is done by itself: the key is dead, and onLoss is report, so none is made."
                            : "Nothing is done by itself until somebody asks for a renewal.");
        }

        @Override
        public Choice paused(Paused state) {
            return state.suspended().accept(this);
        }

        private String row(int failures) {
            if (failures == 0) {
                return "";
            }
            Failure failure = lease.lastFailure();
            boolean hopeless = failure != null && failure.reason().needsOperator();
            Duration largest = hopeless && policy.retryMax().compareTo(Backoff.SLOW_RETRY) < 0
                    ? Backoff.SLOW_RETRY
                    : policy.retryMax();
            boolean hurries = !hopeless && !lease.isLive() && !(lease.isLost() && lease.onLoss() == OnLoss.REPORT);
            return " It is attempt " + (failures + 1) + " after " + Descriptions.counted(failures, "failure")
                    + ": the gaps grow to "
                    + Descriptions.of(largest) + (hopeless ? ", as only a person can mend this" : "")
                    + (hurries ? ", and are about 2 s while there is request weight to spare" : "")
                    + (lease.isLive() ? ", and shrink before the deadline." : ".");
        }
    }
}
