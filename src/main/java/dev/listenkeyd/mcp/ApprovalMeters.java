package dev.listenkeyd.mcp;

import dev.listenkeyd.approval.ApprovalOutcome;
import dev.listenkeyd.approval.ApprovalOutcome.Ending;
import dev.listenkeyd.approval.Approvals;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** Counts calls that waited for a person, and those that still do. Thread-safe. */
public final class ApprovalMeters {
    private final MeterRegistry registry;

    public ApprovalMeters(Approvals approvals, MeterRegistry registry) {
        this.registry = registry;
        Gauge.builder(
                        "listenkey.approvals.waiting",
                        approvals,
                        all -> all.waiting().size())
                .description("Calls of tools that wait for a person")
                .register(registry);
        for (Ending ending : Ending.values()) {
            // There from the start, at 0, so that an alert on it can work.
            counter(ending);
        }
    }

    void count(ApprovalOutcome verdict) {
        counter(verdict.ending()).increment();
    }

    private Counter counter(Ending ending) {
        return Counter.builder("listenkey.approvals")
                .description("Calls of tools that needed a person, by how that ended")
                .tag("outcome", ending.word())
                .register(registry);
    }
}
