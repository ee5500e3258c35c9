package dev.listenkeyd.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RefusedCallsTest {
    private long now = -1;

    private final RefusedCalls refused = new RefusedCalls(() -> now);

    @Test
    void theFirstOfAMinuteAreToldAndTheOthersCounted() {
        for (int i = 0; i < RefusedCalls.MOST_PER_PERIOD; i++) {
            assertThat(refused.leftOutBefore("bot")).isEqualTo(OptionalLong.of(0));
        }
        assertThat(refused.leftOutBefore("bot")).isEmpty();
        assertThat(refused.leftOutBefore("another")).isEqualTo(OptionalLong.of(0));

        now += Duration.ofMinutes(1).toNanos() - 1;
        assertThat(refused.leftOutBefore("bot")).isEmpty();

        now += 1;
        assertThat(refused.leftOutBefore("bot")).isEqualTo(OptionalLong.of(2));
        assertThat(refused.leftOutBefore("bot")).isEqualTo(OptionalLong.of(0));
    }
}
