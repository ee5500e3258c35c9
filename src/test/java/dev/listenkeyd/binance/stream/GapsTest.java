package dev.listenkeyd.binance.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How soon connections and questions may follow each other. */
class GapsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void neverMoreThan300ConnectionsInAny5Minutes() {
        Gaps gaps = new Gaps();
        List<Long> begun = new ArrayList<>();
        // Monotonic time may be negative, and may overflow.
        long start = Long.MAX_VALUE - Duration.ofMinutes(5).toNanos();
        for (long millis = 0; millis < Duration.ofMinutes(15).toMillis(); millis += 10) {
            if (gaps.tryConnect(start + millis * 1_000_000)) {
                begun.add(millis);
            }
        }

        assertThat(begun).hasSizeGreaterThan(800);
        for (int i = 300; i < begun.size(); i++) {
            assertThat(begun.get(i) - begun.get(i - 300)).isGreaterThan(300_000);
        }
        for (int i = 1; i < begun.size(); i++) {
            assertThat(begun.get(i) - begun.get(i - 1)).isGreaterThanOrEqualTo(1000);
        }
    }

    @Test
    void reconnectionsBackOffWithJitterToAMinute() {
        assertThat(Gaps.reconnect(1, 0)).isEqualTo(Duration.ofMillis(500));
        assertThat(Gaps.reconnect(1, 1)).isEqualTo(SECOND);
        assertThat(Gaps.reconnect(4, 1)).isEqualTo(SECOND.multipliedBy(8));
        assertThat(Gaps.reconnect(7, 1)).isEqualTo(Gaps.RECONNECT_MAX);
        assertThat(Gaps.reconnect(Integer.MAX_VALUE, 0)).isEqualTo(Gaps.RECONNECT_MAX.dividedBy(2));
    }

    @Test
    void questionsInVainBackOffAndNoneIsSoonerThanAllowed() {
        assertThat(Gaps.question(SECOND, 0)).isEqualTo(SECOND);
        assertThat(Gaps.question(SECOND, 3)).isEqualTo(SECOND.multipliedBy(8));
        assertThat(Gaps.question(SECOND, 100)).isEqualTo(Gaps.QUESTION_MAX);
        assertThat(Gaps.question(Duration.ofHours(1), 100)).isEqualTo(Duration.ofHours(1));
    }
}
