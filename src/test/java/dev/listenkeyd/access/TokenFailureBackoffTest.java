package dev.listenkeyd.access;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.access.AuthFailures.Reason;
import dev.listenkeyd.access.TokenFailureBackoff.Turn;
import dev.listenkeyd.telemetry.LogRecording;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What wrong tokens cost who sends them, in virtual time. */
class TokenFailureBackoffTest {
    private static final String SOURCE = "192.0.2.1";

    private final ManualTicker ticks = new ManualTicker();
    private final TokenFailureBackoff slowdown = new TokenFailureBackoff(ticks);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AuthFailures failed = new AuthFailures(registry, ticks);
    private final LogRecording log = new LogRecording("listenkeyd.access");

    @AfterEach
    void stopListening() {
        log.close();
    }

    @Test
    void everyWrongTokenWaitsTwiceAsLongAsTheOneBeforeUpToABound() {
        List<Long> millis = Stream.generate(() -> slowdown.wrong(SOURCE).delay().toMillis())
                .limit(9)
                .toList();

        assertThat(millis).containsExactly(100L, 200L, 400L, 800L, 1600L, 3200L, 5000L, 5000L, 5000L);
    }

    @Test
    void everyAddressCountsForItself() {
        slowdown.wrong(SOURCE);
        slowdown.wrong(SOURCE);

        assertThat(slowdown.wrong("192.0.2.2")).isEqualTo(new Turn(ofMillis(100), true));
        assertThat(slowdown.wrong(SOURCE)).isEqualTo(new Turn(ofMillis(400), false));
    }

    @Test
    void aQuietAddressIsForgotten() {
        slowdown.wrong(SOURCE);
        slowdown.wrong(SOURCE);

        ticks.advance(TokenFailureBackoff.QUIET.minusMillis(1));
        assertThat(slowdown.wrong(SOURCE)).isEqualTo(new Turn(ofMillis(400), false));
        ticks.advance(TokenFailureBackoff.QUIET);
        assertThat(slowdown.wrong(SOURCE)).isEqualTo(new Turn(ofMillis(100), true));
    }

    @Test
    void notMoreAddressesAreKeptThanTheBound() {
        slowdown.wrong("kept");
        IntStream.range(0, TokenFailureBackoff.MOST_SOURCES).forEach(i -> {
            slowdown.wrong("other " + i);
            slowdown.wrong("kept");
        });

        assertThat(slowdown.size()).isEqualTo(TokenFailureBackoff.MOST_SOURCES);
        assertThat(slowdown.wrong("kept").delay()).isEqualTo(TokenFailureBackoff.LONGEST);
        assertThat(slowdown.wrong("other 0").first())
                .as("the quietest made room")
                .isTrue();
    }

    // --- counted and said

    @Test
    void everyReasonIsCountedFromTheStart() {
        for (Reason reason : Reason.values()) {
            assertThat(count(reason)).isZero();
        }

        failed.wrong(Reason.WRONG_TOKEN, SOURCE);
        failed.wrong(Reason.MALFORMED, SOURCE);
        failed.wrong(Reason.MALFORMED, SOURCE);
        failed.count(Reason.MISSING);

        assertThat(Stream.of(Reason.values()).map(this::count)).containsExactly(1.0, 2.0, 1.0, 0.0, 0.0, 0.0);
    }

    @Test
    void oneLineForEachAddressAndTime() {
        failed.wrong(Reason.WRONG_TOKEN, SOURCE);
        failed.wrong(Reason.WRONG_TOKEN, SOURCE);
        failed.wrong(Reason.MALFORMED, "192.0.2.2");
        assertThat(log.lines).hasSize(2);
        assertThat(log.lines.get(0)).startsWith("WARN a call with a wrong token from 192.0.2.1 (WRONG_TOKEN)");
        assertThat(log.lines.get(1)).contains("from 192.0.2.2 (MALFORMED)");

        ticks.advance(TokenFailureBackoff.QUIET);
        failed.wrong(Reason.WRONG_TOKEN, SOURCE);
        assertThat(log.lines).hasSize(3);
    }

    @Test
    void manyAddressesDontFillTheLog() {
        IntStream.range(0, 500).forEach(i -> failed.wrong(Reason.WRONG_TOKEN, "source " + i));
        assertThat(log.lines).hasSize(AuthFailures.MOST_NAMED);

        ticks.advance(TokenFailureBackoff.QUIET);
        failed.wrong(Reason.WRONG_TOKEN, "a new one");
        assertThat(log.lines).hasSize(AuthFailures.MOST_NAMED + 1);
    }

    @Test
    void notMoreAnswersWaitThanTheBound() {
        for (int i = 0; i < AuthFailures.MOST_WAITING; i++) {
            assertThat(failed.wrong(Reason.WRONG_TOKEN, SOURCE)).isPositive();
        }
        assertThat(failed.wrong(Reason.WRONG_TOKEN, SOURCE)).isEqualTo(Duration.ZERO);

        failed.answered();
        failed.answered();
        assertThat(failed.wrong(Reason.WRONG_TOKEN, SOURCE)).isEqualTo(ofSeconds(5));
    }

    private double count(Reason reason) {
        return registry.get("listenkey.auth.failures")
                .tag("reason", reason.name())
                .counter()
                .count();
    }
}
