package dev.listenkeyd.view;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How JSON shows lengths of time. */
class SecondsTest {
    @Test
    void aTimeIsShownToTheMillisecond() {
        assertThat(Seconds.of(48.178000000000004)).isEqualTo(48.178).hasToString("48.178");
        assertThat(Seconds.of(0.0006)).isEqualTo(0.001);
        assertThat(Seconds.of(-2.7)).isEqualTo(-2.7);
    }

    @Test
    void aTimeThatNeverEndsIsNull() {
        assertThat(Seconds.of(Double.POSITIVE_INFINITY)).isNull();
    }
}
