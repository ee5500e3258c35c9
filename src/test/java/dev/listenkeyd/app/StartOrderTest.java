package dev.listenkeyd.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.exchange.StandInResource;
import dev.listenkeyd.telemetry.LoopWatch;
import io.quarkus.arc.Unremovable;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Stored leases, pauses and used weight are known before the API listens. */
@QuarkusTest
@WithTestResource(StandInResource.class)
@NullUnmarked
class StartOrderTest {
    @Inject
    LastAtStartup lastAtStartup;

    @Test
    void leasesAreRestoredBeforeAnythingListens() {
        assertThat(lastAtStartup.restored).isTrue();
    }

    /** Quarkus opens its servers after the last observer of this event. */
    @Singleton
    @Unremovable
    static class LastAtStartup {
        private boolean restored;

        void look(@Observes @Priority(Integer.MAX_VALUE) StartupEvent event, LoopWatch loop) {
            restored = loop.isRestored();
        }
    }
}
