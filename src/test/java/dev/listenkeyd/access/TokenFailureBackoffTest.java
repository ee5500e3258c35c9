package dev.listenkeyd.access;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.access.AuthFailures.Reason;
import dev.listenkeyd.access.TokenFailureBackoff.Step;
import dev.listenkeyd.telemetry.LogRecording;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Delays, counts and log lines after wrong tokens, in virtual time. */
class TokenFailureBackoffTest {
    private static final String SOURCE = "192.0.2.1";

    private final ManualTicker ticks = new ManualTicker();
    private final TokenFailureBackoff backoff = new TokenFailureBackoff(ticks);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AuthFailures failures = new AuthFailures(registry, ticks);
    private final LogRecording log = new LogRecording("listenkeyd.access");

    @AfterEach
    void stopListening() {
        log.close();
    }

    @Test
    void everyWrongTokenWaitsTwiceAsLongAsTheOneBeforeUpToABound() {
        List<Long> millis = Stream.generate(() -> backoff.failed(SOURCE).delay().toMillis())
                .limit(9)
                .toList();

        assertThat(millis).containsExactly(100L, 200L, 400L, 800L, 1600L, 3200L, 5000L, 5000L, 5000L);
    }

    @Test
    void everyAddressCountsForItself() {
        backoff.failed(SOURCE);
        backoff.failed(SOURCE);

        assertThat(backoff.failed("192.0.2.2")).isEqualTo(new Step(ofMillis(100), true));
        assertThat(backoff.failed(SOURCE)).isEqualTo(new Step(ofMillis(400), false));
    }

    @Test
    void aQuietAddressIsForgotten() {
        backoff.failed(SOURCE);
        backoff.failed(SOURCE);

        ticks.advance(TokenFailureBackoff.QUIET.minusMillis(1));
        assertThat(backoff.failed(SOURCE)).isEqualTo(new Step(ofMillis(400), false));
        ticks.advance(TokenFailureBackoff.QUIET);
        assertThat(backoff.failed(SOURCE)).isEqualTo(new Step(ofMillis(100), true));
    }

    @Test
    void notMoreAddressesAreKeptThanTheBound() {
        backoff.failed("kept");
        IntStream.range(0, TokenFailureBackoff.MOST_SOURCES).forEach(i -> {
            backoff.failed("other " + i);
            backoff.failed("kept");
        });

        assertThat(backoff.size()).isEqualTo(TokenFailureBackoff.MOST_SOURCES);
        assertThat(backoff.failed("kept").delay()).isEqualTo(TokenFailureBackoff.LONGEST);
        assertThat(backoff.failed("other 0").first())
                .as("the quietest made room")
                .isTrue();
    }

    // --- counted and said

    @Test
    void everyReasonIsCountedFromTheStart() {
        for (Reason reason : Reason.values()) {
            assertThat(count(reason)).isZero();
        }

        failures.tokenRefused(Reason.WRONG_TOKEN, SOURCE);
        failures.tokenRefused(Reason.MALFORMED, SOURCE);
        failures.tokenRefused(Reason.MALFORMED, SOURCE);
        failures.count(Reason.MISSING);

        assertThat(Stream.of(Reason.values()).map(this::count)).containsExactly(1.0, 2.0, 1.0, 0.0, 0.0, 0.0);
    }

    @Test
    void oneLineForEachAddressAndTime() {
        failures.tokenRefused(Reason.WRONG_TOKEN, SOURCE);
        failures.tokenRefused(Reason.WRONG_TOKEN, SOURCE);
        failures.tokenRefused(Reason.MALFORMED, "192.0.2.2");
        assertThat(log.lines).hasSize(2);
        assertThat(log.lines.get(0)).startsWith("WARN a call with a wrong token from 192.0.2.1 (WRONG_TOKEN)");
        assertThat(log.lines.get(1)).contains("from 192.0.2.2 (MALFORMED)");

        ticks.advance(TokenFailureBackoff.QUIET);
        failures.tokenRefused(Reason.WRONG_TOKEN, SOURCE);
        assertThat(log.lines).hasSize(3);
    }

    @Test
    void manyAddressesDontFillTheLog() {
        IntStream.range(0, 500).forEach(i -> failures.tokenRefused(Reason.WRONG_TOKEN, "source " + i));
        assertThat(log.lines).hasSize(AuthFailures.MOST_NAMED);

        ticks.advance(TokenFailureBackoff.QUIET);
        failures.tokenRefused(Reason.WRONG_TOKEN, "a new one");
        assertThat(log.lines).hasSize(AuthFailures.MOST_NAMED + 1);
    }

    @Test
    void notMoreAnswersWaitThanTheBound() {
        for (int i = 0; i < AuthFailures.MOST_WAITING; i++) {
            assertThat(failures.tokenRefused(Reason.WRONG_TOKEN, SOURCE)).isPositive();
        }
        assertThat(failures.tokenRefused(Reason.WRONG_TOKEN, SOURCE)).isEqualTo(Duration.ZERO);

        failures.answered();
        failures.answered();
        assertThat(failures.tokenRefused(Reason.WRONG_TOKEN, SOURCE)).isEqualTo(ofSeconds(5));
    }

    private double count(Reason reason) {
        return registry.get("listenkey.auth.failures")
                .tag("reason", reason.name())
                .counter()
                .count();
    }
}
