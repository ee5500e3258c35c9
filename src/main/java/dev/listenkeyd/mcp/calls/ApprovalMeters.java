package dev.listenkeyd.mcp.calls;

import dev.listenkeyd.approval.ApprovalOutcome;
import dev.listenkeyd.approval.ApprovalOutcome.Ending;
import dev.listenkeyd.approval.Approvals;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.inject.Singleton;

/** Metrics of calls that need the approval of a person. Thread-safe. */
@Startup
@Singleton
final class ApprovalMeters {
    private final MeterRegistry registry;

    ApprovalMeters(Approvals approvals, MeterRegistry registry) {
        this.registry = registry;
        Gauge.builder("listenkey.approvals.waiting", approvals, Approvals::pending)
                .description("Calls of tools that wait here for a person")
                .register(registry);
        for (Ending ending : Ending.values()) {
            // Registered at 0, so that an alert can see the first increase.
            counter(ending);
        }
    }

    void count(ApprovalOutcome outcome) {
        counter(outcome.ending()).increment();
    }

    private Counter counter(Ending ending) {
        return Counter.builder("listenkey.approvals")
                .description("Calls of tools that needed a person, by how that ended")
                .tag("outcome", ending.word())
                .register(registry);
    }
}
