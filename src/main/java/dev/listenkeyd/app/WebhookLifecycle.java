package dev.listenkeyd.app;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.listenkeyd.config.Settings;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.notify.WebhookQueue;
import dev.listenkeyd.notify.WebhookSender;
import dev.listenkeyd.notify.Webhooks;
import dev.listenkeyd.notify.webhook.WebhookClient;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.store.Store;
import dev.listenkeyd.telemetry.WebhookTelemetry;
import io.quarkus.virtual.threads.VirtualThreads;
import io.vertx.core.Vertx;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/** The webhooks in the life of the process. */
@Singleton
class WebhookLifecycle {
    private static final Logger LOG = Logger.getLogger("listenkeyd.webhooks");

    private final Provider<Webhooks> webhooks;
    private final Store store;
    private final WebhookTelemetry telemetry;
    private final WebhookSender sender;

    WebhookLifecycle(
            Provider<Webhooks> webhooks,
            Store store,
            WebhookTelemetry telemetry,
            Vertx vertx,
            ObjectMapper json,
            InstantSource clock) {
        this.webhooks = webhooks;
        this.store = store;
        this.telemetry = telemetry;
        this.sender = new WebhookClient(vertx, json, clock);
    }

    @Produces
    @Singleton
    WebhookSender sender() {
        return sender;
    }

    /** @param registry writes the deliveries with the leases; a provider, since it tells its changes to the webhooks */
    @Produces
    @Singleton
    Webhooks webhooks(
            Settings settings,
            Provider<LeaseRegistry> registry,
            InstantSource clock,
            LongSupplier nanoTime,
            @VirtualThreads ExecutorService executor) {
        return new Webhooks(
                settings.webhooks().stream()
                        .map(webhook -> new WebhookQueue(webhook, clock, nanoTime, telemetry))
                        .toList(),
                deliveries -> registry.get().save(deliveries),
                sender,
                executor);
    }

    /** Reads the deliveries that earlier processes have left, when the leases are restored. */
    void restore() {
        try {
            webhooks.get().restore(store.leases().deliveries());
        } catch (StoreException e) {
            LOG.errorf("%s: they stay in the store, and the next start tries again", e.getMessage());
        }
    }

    void start(Heartbeat heartbeat) {
        telemetry.show(webhooks.get());
        heartbeat.every(Heartbeat.EVERY_SECOND, "webhooks", webhooks.get()::tick);
    }

    /** Makes no more calls; what is pending stays in the store. */
    void stop() {
        webhooks.get().stop();
        telemetry.hide();
    }
}
