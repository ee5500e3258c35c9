package dev.listenkeyd.app;

import dev.listenkeyd.approval.Approvals;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Ends calls that have waited long enough for a person. */
@ApplicationScoped
class ApprovalWatch {
    private static final Logger LOG = Logger.getLogger("listenkeyd.mcp");

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread watch = new Thread(task, "approvals");
        watch.setDaemon(true);
        return watch;
    });

    private final Approvals approvals;

    ApprovalWatch(Approvals approvals) {
        this.approvals = approvals;
    }

    void begin(@Observes StartupEvent event) {
        Future<?> unused = thread.scheduleWithFixedDelay(this::tick, 1, 1, TimeUnit.SECONDS);
    }

    private void tick() {
        try {
            approvals.tick();
        } catch (RuntimeException | Error e) {
            LOG.error("calls that wait for a person could not be looked at; it is tried again", e);
        }
    }

    void end(@Observes ShutdownEvent event) {
        thread.shutdownNow();
        approvals.close();
    }
}
