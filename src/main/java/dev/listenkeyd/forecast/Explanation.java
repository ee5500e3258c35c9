package dev.listenkeyd.forecast;

import dev.listenkeyd.forecast.Forecast.Risk;
import dev.listenkeyd.lease.AccountPause;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Retrying;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Pause;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The status of a lease, its history and its next step, in short sentences for people. Computed from the lease and the policy that renews it.
 *
 * @param why the reason for the status
 * @param happened the history, one or two sentences each
 * @param attemptsLeft attempts before the deadline if all of them fail
 * @param attempts times of the first of these attempts
 * @param advice actions for an operator; empty when none is needed
 */
public record Explanation(
        Lease lease,
        Conditions conditions,
        LeaseStatus status,
        String why,
        List<String> happened,
        NextStep next,
        int attemptsLeft,
        List<Instant> attempts,
        List<String> advice) {

    private static final int ATTEMPTS_SHOWN = 5;

    /** @param underWay whether a call for this lease is in flight */
    public static Explanation of(Lease lease, Forecast forecast, Conditions conditions, boolean underWay) {
        Instant now = conditions.now();
        Instant opensAt = conditions.opensAt();
        LeaseStatus status = forecast.status(lease, now, opensAt);
        int left = forecast.attemptsLeft(lease, now, opensAt);
        return new Explanation(
                lease,
                conditions,
                status,
                why(lease, status, forecast, conditions),
                happened(lease, now),
                NextStep.of(lease, forecast, conditions, underWay),
                left,
                forecast.attempts(lease, now, opensAt, ATTEMPTS_SHOWN),
                advice(lease, forecast, conditions));
    }

    /** The whole explanation as one paragraph. */
    public String text() {
        Instant now = conditions.now();
        Instant deadline = lease.expiresAt();
        Stream<String> outlook = Stream.of(
                (next.at() == null ? "Next: " : "Next, " + Descriptions.when(next.at(), now) + ": ") + next.why(),
                deadline == null
                        ? ""
                        : "Without a success the key dies at " + Descriptions.when(deadline, now)
                                + "; until then there are " + Descriptions.counted(attemptsLeft, "attempt")
                                + " left if all of them fail.");
        return Stream.of(
                        Stream.of("Account " + lease.account() + " is " + status + ". " + why),
                        happened.stream(),
                        outlook,
                        conditions.sentences().stream(),
                        advice.stream())
                .flatMap(sentences -> sentences)
                .filter(sentence -> !sentence.isEmpty())
                .reduce((all, sentence) -> all + " " + sentence)
                .orElseThrow();
    }

    private static String why(Lease lease, LeaseStatus status, Forecast forecast, Conditions conditions) {
        return switch (status) {
            case PENDING -> "It is registered, but no call has succeeded yet: there is no key.";
            case ACTIVE -> "The key lives, and the last call for it succeeded.";
            case RETRYING -> "The key lives, but the last call for it failed; there is time for more.";
            case LOST -> "There is no live key: it was lost.";
            case PAUSED -> paused(lease, conditions.now());
            case AT_RISK -> danger(lease, forecast, conditions);
        };
    }

    private static String paused(Lease lease, Instant now) {
        AccountPause pause = lease.pause();
        if (pause == null) {
            throw new IllegalStateException("paused without a pause");
        }
        String key = lease.isLost()
                ? " There is no live key: it was lost."
                : lease.isLive() ? " The key lives, and nothing is done to keep it." : " There is no key yet.";
        return "A person has paused it at " + pause.since() + " for maintenance: " + pause.quoted()
                + ". No call is made for it before " + Descriptions.when(pause.until(), now) + "." + key;
    }

    private static String danger(Lease lease, Forecast forecast, Conditions conditions) {
        Risk risk = forecast.risk(lease, conditions.now(), conditions.opensAt());
        if (risk == null) {
            throw new IllegalStateException("at risk without a reason");
        }
        Failure failure = lease.lastFailure();
        return switch (risk) {
            case NEEDS_OPERATOR ->
                (lease.isLive() ? "The key will die" : "There will be no key")
                        + " unless a person acts"
                        + (failure == null ? "." : ": " + Descriptions.of(failure.reason()) + ".");
            case GATE_SHUT -> "No call may leave before the key dies.";
            case FEW_ATTEMPTS ->
                "Too few attempts are left before the key dies: fewer than "
                        + forecast.policy().attemptsKept() + ".";
        };
    }

    private static List<String> happened(Lease lease, Instant now) {
        List<String> happened = new ArrayList<>();
        happened.add("It was registered at " + lease.registration().registeredAt() + ".");
        ListenKey key = lease.key();
        happened.add(
                key == null
                        ? "No call has succeeded yet."
                        : "The last successful call was sent at " + Descriptions.when(key.lastSuccessAt(), now) + ".");
        if (lease.lastLoss() != null) {
            happened.add(told(lease.lastLoss()));
        }
        if (lease.lastFailure() != null) {
            happened.add(told(lease.lastFailure(), now));
        }
        int failures = lease.state().failures();
        if (failures > 0) {
            String since = lease.state().unpaused() instanceof Retrying retrying ? " since " + retrying.since() : "";
            happened.add("Failed in a row" + since + ": " + Descriptions.counted(failures, "attempt") + ".");
        }
        return happened;
    }

    private static String told(Loss loss) {
        String lost = "A key (fingerprint " + loss.fingerprint() + ") was lost: " + Descriptions.of(loss.cause())
                + ". It is known to have lived until " + loss.lostAt() + ".";
        return loss.recoveredAt() == null
                ? lost + " No live key has taken its place yet: what happened on the account from " + loss.lostAt()
                        + " on, a consumer must reconcile by REST."
                : lost + " A live key was there again at " + loss.recoveredAt()
                        + ": what happened on the account between these two, a consumer must reconcile by REST.";
    }

    private static String told(Failure failure, Instant now) {
        String facts = failure.reason()
                + (failure.httpStatus() == null ? "" : ", HTTP status " + failure.httpStatus())
                + (failure.code() == null ? "" : ", code " + failure.code());
        return "The last failure was at " + Descriptions.when(failure.at(), now) + ": "
                + Descriptions.of(failure.reason()) + " (" + facts + "); " + failure.told() + ".";
    }

    private static List<String> advice(Lease lease, Forecast forecast, Conditions conditions) {
        List<String> advice = new ArrayList<>();
        Pause closed = conditions.closed();
        if (closed != null && forecast.risk(lease, conditions.now(), conditions.opensAt()) == Risk.GATE_SHUT) {
            advice.add(Descriptions.remedy(closed.reason()));
            advice.add("A program that reads the stream of this key sees no fills from " + lease.expiresAt()
                    + " on; from then on it should ask for orders and fills by REST.");
            advice.add("When the pause is known to be over, lift it by hand: DELETE /v1/gate/pause.");
        }
        Failure failure = lease.lastFailure();
        if (lease.state().failures() > 0 && failure != null && failure.reason().needsOperator()) {
            advice.add(Descriptions.remedy(failure.reason()));
        }
        if (lease.state().failures() > 0 && failure != null && failure.reason() == Failure.Reason.UNREACHABLE) {
            advice.add("Look whether this machine reaches the exchange.");
        }
        AccountPause pause = lease.pause();
        Instant deadline = lease.expiresAt();
        if (pause != null && deadline != null && !pause.until().isBefore(deadline)) {
            advice.add("To keep the key, end the pause before " + deadline + ": DELETE /v1/listen-keys/"
                    + lease.account() + "/pause.");
        }
        if (lease.isLost()) {
            advice.add("Whoever reads its stream sees no fills meanwhile: ask for orders and fills by REST.");
        }
        if (lease.isLost() && lease.onLoss() == OnLoss.REPORT) {
            advice.add(
                    "To have a new key made, register the account again with onLoss recreate; then connect with the new"
                            + " key and reconcile by REST.");
        } else if (lease.state().nextAttemptAt() == null && pause == null) {
            advice.add("Ask for a renewal to have a new key made.");
        }
        return advice;
    }
}
