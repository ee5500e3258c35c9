package dev.listenkeyd.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.listenkeyd.sandbox.SandboxExchange.Trouble;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Faults of the stand-in: several at once, each for its time. */
class SandboxExchangeTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private Instant now = Instant.parse("2026-11-01T12:00:00Z");
    private final SandboxExchange exchange = new SandboxExchange(() -> now, new SecureRandom(), MINUTE);

    @Test
    void oneFaultDoesNotEndAnother() {
        exchange.start(Fault.THROTTLED, null, null, MINUTE);
        exchange.start(Fault.DOWN, "demo", "demo-key", MINUTE.dividedBy(2));

        assertThat(met("demo-key")).isEqualTo(Fault.DOWN);
        assertThat(met("another-key")).isEqualTo(Fault.THROTTLED);

        now = now.plus(MINUTE.dividedBy(2));
        assertThat(met("demo-key")).isEqualTo(Fault.THROTTLED);
        now = now.plus(MINUTE.dividedBy(2));
        assertThat(exchange.trouble("demo-key")).isEmpty();
        assertThat(exchange.troubles()).isEmpty();
    }

    @Test
    void theSameFaultOfTheSameAccountIsReplaced() {
        exchange.start(Fault.SLOW, "demo", "demo-key", MINUTE);
        exchange.start(Fault.SLOW, null, null, MINUTE);
        exchange.start(Fault.SLOW, "demo", "demo-key", MINUTE.multipliedBy(2));

        assertThat(exchange.troubles())
                .extracting(Trouble::account, Trouble::until)
                .containsExactlyInAnyOrder(
                        tuple(null, now.plus(MINUTE)), tuple("demo", now.plus(MINUTE.multipliedBy(2))));
    }

    @Test
    void allCanBeEnded() {
        exchange.start(Fault.SLOW, null, null, MINUTE);
        exchange.start(Fault.DOWN, null, null, MINUTE);

        exchange.endTroubles();

        assertThat(exchange.trouble("demo-key")).isEmpty();
    }

    private Fault met(String apiKey) {
        return exchange.trouble(apiKey).orElseThrow().fault();
    }
}
