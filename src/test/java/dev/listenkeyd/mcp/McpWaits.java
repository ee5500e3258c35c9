package dev.listenkeyd.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for what another thread does. */
final class McpWaits {
    private static final int MOST_LOOKS = 1000;
    private static final Duration STEP = Duration.ofMillis(10);

    private McpWaits() {}

    static void await(BooleanSupplier condition) {
        for (int i = 0; i < MOST_LOOKS && !condition.getAsBoolean(); i++) {
            LockSupport.parkNanos(STEP.toNanos());
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }
}
