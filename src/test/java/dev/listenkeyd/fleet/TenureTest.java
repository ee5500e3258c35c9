package dev.listenkeyd.fleet;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.VirtualClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a member knows of its own membership. */
class TenureTest {
    private static final Duration TTL = ofSeconds(15);

    private final VirtualClock clock = new VirtualClock();
    private final Tenure tenure = new Tenure(clock, clock, TTL);

    @Test
    void certainForATtlFromTheBeginningOfABeat() {
        Tenure.BeatEnd beat = tenure.beat();
        clock.advance(ofSeconds(1));
        beat.worked(false);
        tenure.polled();
        clock.advance(TTL.minusSeconds(2));
        assertThat(tenure.isCertain()).isTrue();

        clock.advance(ofSeconds(1));
        assertThat(tenure.isCertain()).isFalse();
    }

    @Test
    void notBeforeTheFirstPollHasTold() {
        tenure.beat().worked(false);
        assertThat(tenure.isCertain()).isFalse();

        tenure.polled();
        assertThat(tenure.isCertain()).isTrue();
    }

    @Test
    void afterAMembershipThatHadEndedOnlyWithTheNextPoll() {
        tenure.beat().worked(false);
        tenure.polled();
        clock.advance(TTL);
        tenure.beat().worked(true);
        assertThat(tenure.isCertain()).isFalse();

        tenure.polled();
        assertThat(tenure.isCertain()).isTrue();
    }

    @Test
    void aSleepDuringWhichTheMonotonicClockStoodStillEndsItToo() {
        tenure.beat().worked(false);
        tenure.polled();

        clock.stepWallClock(TTL);

        assertThat(tenure.isCertain()).isFalse();
        assertThat(tenure.isInDoubt()).isTrue();
    }

    @Test
    void noDoubtWhileTheStoreIsAway() {
        for (int i = 0; i < 3; i++) {
            assertThat(tenure.isInDoubt()).isTrue();
            tenure.failed();
        }
        assertThat(tenure.isInDoubt()).isFalse();

        tenure.beat().worked(true);
        assertThat(tenure.isInDoubt()).isTrue();
    }
}
