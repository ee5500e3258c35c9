package dev.listenkeyd.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class DenialsTest {
    private long now = -1;

    private final Denials denials = new Denials(() -> now);

    @Test
    void theFirstOfAMinuteAreToldAndTheOthersCounted() {
        for (int i = 0; i < Denials.MOST_PER_PERIOD; i++) {
            assertThat(denials.leftOutBefore("bot")).isEqualTo(OptionalLong.of(0));
        }
        assertThat(denials.leftOutBefore("bot")).isEmpty();
        assertThat(denials.leftOutBefore("another")).isEqualTo(OptionalLong.of(0));

        now += Duration.ofMinutes(1).toNanos() - 1;
        assertThat(denials.leftOutBefore("bot")).isEmpty();

        now += 1;
        assertThat(denials.leftOutBefore("bot")).isEqualTo(OptionalLong.of(2));
        assertThat(denials.leftOutBefore("bot")).isEqualTo(OptionalLong.of(0));
    }
}
