package dev.listenkeyd.fleet;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class TakeoverLimitTest {
    private long nanos;
    private final TakeoverLimit limit = new TakeoverLimit(() -> nanos, ofSeconds(15));

    @Test
    void aMemberTakesItsShareWithOneBeat() {
        assertThat(limit.next(33_000, 16_500, true)).hasValue(16_500);
    }

    @Test
    void leasesThatNobodyTookForAWhileGoToAnyMemberStepByStep() {
        for (int beat = 0; beat < TakeoverLimit.PATIENT_BEATS; beat++) {
            assertThat(limit.next(33_000, -10, false)).isEmpty();
        }
        assertThat(limit.next(33_000, -10, false)).hasValue(TakeoverLimit.TAKEN_AT_ONCE);
        assertThat(limit.next(33_000, 16_500, false)).hasValue(16_500);
        assertThat(limit.next(7, -10, false)).hasValue(7);
    }

    @Test
    void aTakeoverEndsBeforeTheNextBeatWouldBeLate() {
        limit.next(33_000, 16_500, true);
        nanos += ofMillis(1500).toNanos() - 1;
        assertThat(limit.isTimeLeft()).isTrue();
        nanos++;
        assertThat(limit.isTimeLeft()).isFalse();

        limit.next(33_000, 16_500, true);
        assertThat(limit.isTimeLeft()).isTrue();
    }

    @Test
    void afterTheStoreWasAwayNothingIsTakenForATtl() {
        limit.storeWasAway();
        nanos += ofSeconds(15).toNanos() - 1;
        assertThat(limit.next(33_000, 16_500, true)).isEmpty();
        nanos++;
        assertThat(limit.next(33_000, 16_500, true)).hasValue(16_500);
    }
}
