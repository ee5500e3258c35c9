package dev.listenkeyd.app;

import dev.listenkeyd.approval.ApprovalStore;
import dev.listenkeyd.approval.Approvals;
import dev.listenkeyd.approval.MemoryApprovals;
import dev.listenkeyd.audit.AuditRateLimit;
import dev.listenkeyd.config.Settings;
import dev.listenkeyd.mcp.calls.PolicyFiles;
import dev.listenkeyd.policy.Counters;
import dev.listenkeyd.store.Store;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Builds the plain objects that the calls of agents need. */
@Singleton
final class AgentBeans {

    @Singleton
    PolicyFiles policyFiles(Settings settings, MeterRegistry registry) {
        return new PolicyFiles(settings.agents().policy(), settings.agents().policies(), registry);
    }

    @Singleton
    ApprovalStore approvalStore(Store store) {
        ApprovalStore shared = store.approvals();
        return shared == null ? new MemoryApprovals() : shared;
    }

    @Singleton
    Approvals approvals(
            Settings settings, InstantSource clock, LongSupplier nanoTime, SecureRandom random, ApprovalStore store) {
        Supplier<String> ids = () -> {
            byte[] id = new byte[16];
            random.nextBytes(id);
            return HexFormat.of().formatHex(id);
        };
        return new Approvals(settings.agents().patience(), clock, nanoTime, ids, store);
    }

    @Singleton
    AuditRateLimit auditRateLimit(LongSupplier nanoTime) {
        return new AuditRateLimit(nanoTime);
    }

    @Singleton
    Counters counters(Store store) {
        return new Counters(store.counters());
    }
}
