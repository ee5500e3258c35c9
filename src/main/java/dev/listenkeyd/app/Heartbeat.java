package dev.listenkeyd.app;

import dev.listenkeyd.access.Clients;
import dev.listenkeyd.approval.ApprovalStore;
import dev.listenkeyd.approval.Approvals;
import dev.listenkeyd.mcp.calls.PolicyFiles;
import dev.listenkeyd.telemetry.RiskWatch;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Runs tasks periodically, by monotonic time. Each task has a thread of its own: a file system that hangs stops neither
 * renewals nor the reading of other files. A task that fails runs again.
 */
@Singleton
class Heartbeat {
    static final Duration EVERY_SECOND = Duration.ofSeconds(1);

    private static final Logger LOG = Logger.getLogger("listenkeyd");

    private final List<ScheduledExecutorService> threads = new CopyOnWriteArrayList<>();

    void begin(
            @Observes StartupEvent event,
            ApprovalStore approvalStore,
            Approvals approvals,
            RiskWatch risks,
            Clients clients,
            PolicyFiles policies) {
        boolean shared = approvalStore.isShared();
        every(shared ? FleetLifecycle.POLL : EVERY_SECOND, "approvals", approvals::tick);
        if (shared) {
            every(EVERY_SECOND, "approvals elsewhere", approvals::watchOthers);
        }
        every(RiskWatch.PERIOD, "risk watch", risks::poll);
        if (clients.haveFiles()) {
            every(EVERY_SECOND, "token files", clients::reread);
        }
        if (policies.any()) {
            every(EVERY_SECOND, "policy files", policies::reread);
        }
    }

    /** @param pause from the end of a run to the start of the next one */
    void every(Duration pause, String name, Runnable task) {
        ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread daemon = new Thread(work, name);
            // A start that fails must be able to end the process.
            daemon.setDaemon(true);
            return daemon;
        });
        threads.add(thread);
        long millis = pause.toMillis();
        Future<?> unused = thread.scheduleWithFixedDelay(() -> run(name, task), millis, millis, TimeUnit.MILLISECONDS);
    }

    private static void run(String name, Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            LOG.errorf(e, "%s: periodic task failed; it runs again", name);
        }
    }

    /** Ends all tasks; a run that has begun goes on. */
    void stop() {
        threads.forEach(ScheduledExecutorService::shutdown);
        threads.clear();
    }
}
