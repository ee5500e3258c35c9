package dev.listenkeyd.budget;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.lease.RenewalOutcome.Paused;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * The pause that the exchange has ordered, and the slow start after it. It is over when its time has passed and a later call has succeeded. Not thread-safe: {@link ExchangeGate} guards it.
 */
final class PauseState {
    /** Two ends closer together than this belong to one pause, told to calls that were in flight together. */
    private static final Duration SAME_PAUSE = Duration.ofSeconds(1);

    private static final Duration LONGEST_EXTRA = Duration.ofMinutes(5);

    private final InstantSource clock;
    private final SlowStart slowStart = new SlowStart();
    private @Nullable Pause pause;
    /** Calls in a row that left after the end of a ban and were banned again. */
    private int bannedAgain;

    PauseState(InstantSource clock) {
        this.clock = clock;
    }

    PauseState copy(InstantSource otherClock) {
        PauseState copy = new PauseState(otherClock);
        if (pause != null) {
            copy.begin(pause);
        }
        return copy;
    }

    private void begin(Pause told) {
        pause = told;
        slowStart.begin();
    }

    /**
     * The exchange has ordered a pause.
     *
     * @param step the step to which the refused call belongs
     * @return null when this adds nothing
     */
    FleetEvent.@Nullable Paused told(Paused paused, SlowStart.Step step) {
        Reason reason = paused.failure().reason();
        boolean banGoesOn = pause != null && pause.reason() == Reason.BANNED && reason == Reason.BANNED;
        boolean again = banGoesOn && slowStart.isCurrent(step);
        bannedAgain = again ? bannedAgain + 1 : banGoesOn ? bannedAgain : 0;
        slowStart.begin();
        Instant until = again ? paused.until().plus(extra()) : paused.until();
        Pause before = closed();
        if (pause != null && !pause.until().isBefore(until)) {
            return null;
        }
        pause = new Pause(until, reason);
        boolean news = before == null || !until.isBefore(before.until().plus(SAME_PAUSE));
        return news ? new FleetEvent.Paused(pause, paused.failure()) : null;
    }

    /** With a fast clock a ban seems over too early, and each early call would lengthen it for ever. */
    private Duration extra() {
        Duration doubled = Duration.ofSeconds(1L << Math.min(bannedAgain, 10));
        return doubled.compareTo(LONGEST_EXTRA) < 0 ? doubled : LONGEST_EXTRA;
    }

    /** Restores the pause of an earlier process, cut to the longest possible. */
    void restore(Pause stored, Duration longest) {
        Instant latest = clock.instant().plus(longest);
        begin(new Pause(stored.until().isAfter(latest) ? latest : stored.until(), stored.reason()));
    }

    /** Moves the end of the pause with the clock. The end of a ban is the exchange's own time and stays. */
    void clockSetBack(Duration by) {
        if (pause != null && pause.reason() != Reason.BANNED) {
            pause = new Pause(pause.until().minus(by), pause.reason());
        }
    }

    /** Ends the pause by hand; returns it, or null when there was none. */
    @Nullable
    Pause lift() {
        Pause lifted = closed();
        if (lifted != null) {
            pause = null;
            slowStart.begin();
        }
        return lifted;
    }

    /** The pause in force, null when calls may leave. */
    @Nullable
    Pause closed() {
        return pause != null && clock.instant().isBefore(pause.until()) ? pause : null;
    }

    /** Time until the pause ends; zero without one. */
    Duration left() {
        Pause now = closed();
        return now == null ? Duration.ZERO : Duration.between(clock.instant(), now.until());
    }

    /** Whether there is no pause, and a call has succeeded since the last one. */
    boolean isOver() {
        return pause == null;
    }

    /** Whether the slow start lets another call leave. */
    boolean permits() {
        return slowStart.permits();
    }

    SlowStart.Step called() {
        return slowStart.called();
    }

    void released(SlowStart.Step step) {
        slowStart.released(step);
    }

    /**
     * A call of this step has ended.
     *
     * @param good the exchange itself replied, and ordered no pause
     * @return the pause that this ends early, or null
     */
    FleetEvent.@Nullable PauseLifted replied(SlowStart.Step step, boolean good) {
        Pause early = closed();
        boolean ends = good && pause != null && slowStart.isCurrent(step);
        slowStart.replied(step, good);
        if (ends) {
            pause = null;
        }
        return ends && early != null ? new FleetEvent.PauseLifted(early, false) : null;
    }
}
