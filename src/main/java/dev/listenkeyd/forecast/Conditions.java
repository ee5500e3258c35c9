package dev.listenkeyd.forecast;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.budget.Priority;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.renewal.RenewalPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of the conditions that decide for all leases whether a call may leave.
 *
 * @param closed the pause in force, null when calls may leave
 * @param window the window of the weight
 * @param exchangeAway whether the exchange is unreachable
 * @param recreationThrottled whether lost keys are recreated one at a time only
 * @param leases number of all leases, which share the checks
 * @param shut whether not even an urgent call may leave now
 */
public record Conditions(
        Instant now,
        @Nullable Pause closed,
        int weightUsed,
        int weightLimit,
        Duration window,
        boolean exchangeAway,
        boolean recreationThrottled,
        int leases,
        boolean shut) {

    public static Conditions of(ExchangeGate gate, boolean recreationThrottled, int leases, Instant now) {
        return new Conditions(
                now,
                gate.closed(),
                gate.weightUsed(),
                gate.weightLimit(),
                gate.budget().window(),
                gate.isAway(),
                recreationThrottled,
                leases,
                gate.isShut());
    }

    /** When calls may leave again; the epoch when the gate is open. */
    Instant opensAt() {
        return closed == null ? Instant.EPOCH : closed.until();
    }

    /** The reason why no call has left yet for a due lease, as a clause. */
    public String hindrance(Lease lease) {
        if (closed != null) {
            return "no call may leave before " + Descriptions.when(closed.until(), now) + ": "
                    + Descriptions.of(closed.reason());
        }
        if (recreationThrottled && lease.isLost()) {
            return "most keys were reported dead at once, so new ones are made one by one";
        }
        if (weightUsed >= weightLimit) {
            return "the request weight is used up, " + weightUsed + " of " + weightLimit + " in the last "
                    + Descriptions.of(window);
        }
        if (exchangeAway) {
            return "the exchange is out of reach, so calls are spaced";
        }
        return shut ? "calls start slowly after a pause" : "more urgent calls go first";
    }

    /** How often a live key is checked now, as a sentence. */
    String checks(RenewalPolicy policy) {
        int perWindow = Priority.checksPerWindow(weightLimit);
        Duration interval = policy.checkInterval(leases, perWindow, window);
        if (interval == null) {
            return "There are no checks between renewals.";
        }
        String every = "Between renewals it is checked about every " + Descriptions.of(interval);
        return interval.equals(policy.checkEvery())
                ? every + "."
                : every + ": " + Descriptions.counted(leases, "lease") + " share " + perWindow + " calls every "
                        + Descriptions.of(window) + ".";
    }

    List<String> sentences() {
        List<String> sentences = new ArrayList<>();
        if (closed != null) {
            sentences.add("No call to the exchange may leave before " + Descriptions.when(closed.until(), now) + ": "
                    + Descriptions.of(closed.reason()) + " (" + closed.reason() + ").");
        }
        if (exchangeAway) {
            sentences.add("The exchange is out of reach: calls are spaced, and waiting leases are tried at once when it"
                    + " answers again.");
        }
        if (recreationThrottled) {
            sentences.add("Most keys were reported dead at once: new keys are made one by one only until one works.");
        }
        sentences.add("The budget: " + weightUsed + " of " + weightLimit + " request weight used in the last "
                + Descriptions.of(window) + (weightUsed < weightLimit ? "." : ", so calls wait for their turn."));
        return sentences;
    }
}
