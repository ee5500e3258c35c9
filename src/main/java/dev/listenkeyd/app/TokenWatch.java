package dev.listenkeyd.app;

import dev.listenkeyd.access.Clients;
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
 * Has the token files read again once a second, on a thread of its own: a file system that hangs holds up neither calls nor
 * renewals, and no call is ever judged by tokens that are older for want of earlier calls.
 */
@ApplicationScoped
class TokenWatch {
    private static final Logger LOG = Logger.getLogger("listenkeyd.access");

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread watch = new Thread(task, "token files");
        watch.setDaemon(true);
        return watch;
    });

    private final Clients clients;

    TokenWatch(Clients clients) {
        this.clients = clients;
    }

    void begin(@Observes StartupEvent event) {
        if (clients.haveFiles()) {
            Future<?> unused = thread.scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
        }
    }

    private void look() {
        try {
            clients.reread();
        } catch (RuntimeException | Error e) {
            LOG.error("token files could not be read again; it is tried again", e);
        }
    }

    void end(@Observes ShutdownEvent event) {
        thread.shutdownNow();
    }
}
