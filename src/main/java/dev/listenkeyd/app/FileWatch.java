package dev.listenkeyd.app;

import dev.listenkeyd.access.Clients;
import dev.listenkeyd.mcp.calls.PolicyFiles;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Has the files of tokens and policies read again once a second, on threads of their own: a file system that hangs holds up
 * neither calls nor renewals nor the other kind of file, and no call is ever judged by files that are older for want of
 * earlier calls.
 */
@ApplicationScoped
class FileWatch {
    private static final Logger LOG = Logger.getLogger("listenkeyd.access");

    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(2, task -> {
        Thread watch = new Thread(task, "files");
        watch.setDaemon(true);
        return watch;
    });

    private final Clients clients;
    private final PolicyFiles policies;

    FileWatch(Clients clients, PolicyFiles policies) {
        this.clients = clients;
        this.policies = policies;
    }

    void begin(@Observes StartupEvent event) {
        if (clients.haveFiles()) {
            watch("token", clients::reread);
        }
        if (policies.any()) {
            watch("policy", policies::reread);
        }
    }

    private void watch(String kind, Runnable reread) {
        Future<?> unused = threads.scheduleWithFixedDelay(() -> poll(kind, reread), 1, 1, TimeUnit.SECONDS);
    }

    private static void poll(String kind, Runnable reread) {
        try {
            reread.run();
        } catch (RuntimeException | Error e) {
            LOG.error(kind + " files could not be read again; it is tried again", e);
        }
    }

    void end(@Observes ShutdownEvent event) {
        threads.shutdownNow();
    }
}
