package dev.listenkeyd.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class EpochNanosTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-11-22T00:00:00.123456789Z",
                "1970-01-01T00:00:00Z",
                "1969-12-31T23:59:59.999999999Z",
                "1700-01-01T00:00:00.5Z",
                "2262-04-11T23:47:16.854775807Z"
            })
    void keepsEachNanosecond(Instant instant) {
        assertThat(EpochNanos.instant(EpochNanos.of(instant))).isEqualTo(instant);
        assertThat(EpochNanos.nullable(EpochNanos.ofNullable(instant))).isEqualTo(instant);
    }

    @Test
    void whatIsOutOfRangeIsTheFirstOrTheLast() {
        assertThat(EpochNanos.of(Instant.MAX)).isEqualTo(Long.MAX_VALUE);
        assertThat(EpochNanos.nullable(EpochNanos.ofNullable(Instant.MIN)))
                .isBetween(Instant.parse("1677-01-01T00:00:00Z"), Instant.parse("1678-01-01T00:00:00Z"));
    }

    @Test
    void noInstantStaysNone() {
        assertThat(EpochNanos.nullable(EpochNanos.ofNullable(null))).isNull();
    }
}
