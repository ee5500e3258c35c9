package dev.listenkeyd.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class AuditRateLimitTest {
    private long now = -1;

    private final AuditRateLimit limit = new AuditRateLimit(() -> now);

    @Test
    void theFirstRowsOfAMinuteAreWrittenAndTheNextRowCountsTheOthers() {
        for (int i = 0; i < AuditRateLimit.MOST_PER_MINUTE; i++) {
            assertThat(limit.admit("bot", "forbidden")).contains("forbidden");
        }
        assertThat(limit.admit("bot", "forbidden")).isEmpty();
        assertThat(limit.admit("another", "denied")).contains("denied");

        now += Duration.ofMinutes(1).toNanos() - 1;
        assertThat(limit.admit("bot", "forbidden")).isEmpty();

        now += 1;
        assertThat(limit.admit("bot", "forbidden")).contains("forbidden; 2 calls before this one were left out");
        assertThat(limit.admit("bot", "forbidden")).contains("forbidden");
    }
}
