package dev.listenkeyd.telemetry;

import dev.listenkeyd.encoding.WireWord;
import dev.listenkeyd.notify.WebhookObserver;
import dev.listenkeyd.notify.WebhookQueue;
import dev.listenkeyd.notify.Webhooks;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;

/** Counts deliveries, and logs when a webhook begins to fail and when it works again. Neither its address nor its secret. */
@ApplicationScoped
public class WebhookTelemetry implements WebhookObserver {
    private static final Logger LOG = Logger.getLogger("listenkeyd.webhooks");
    private static final String WEBHOOK = "webhook";
    private static final double MILLIS = 1000;

    private final MeterRegistry registry;
    private final List<Meter> shown = new ArrayList<>();

    WebhookTelemetry(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void onResult(String webhook, Result result) {
        deliveries(webhook, result).increment();
    }

    @Override
    public void onFailing(String webhook, String why) {
        LOG.warnf(
                "webhook %s: an event can't be delivered (%s); it is tried again after 5 s, then less often, for 24 h",
                webhook, why);
    }

    @Override
    public void onRecovered(String webhook, Duration after) {
        LOG.infof("webhook %s: events are delivered again, after %d s", webhook, after.toSeconds());
    }

    private Counter deliveries(String webhook, Result result) {
        return Counter.builder("listenkey.webhook.deliveries")
                .description("Attempts to deliver an event, and events that were given up")
                .tag(WEBHOOK, webhook)
                .tag("result", WireWord.of(result))
                .register(registry);
    }

    /** Adds the series of all webhooks, at 0, so that alerts see their first increase. */
    public void show(Webhooks webhooks) {
        for (WebhookQueue queue : webhooks.queues()) {
            String name = queue.webhook().name();
            for (Result result : Result.values()) {
                deliveries(name, result);
            }
            shown.add(Gauge.builder("listenkey.webhook.pending", queue, WebhookQueue::pending)
                    .description("Events that wait for a webhook")
                    .tag(WEBHOOK, name)
                    .register(registry));
            shown.add(Gauge.builder("listenkey.webhook.oldest.pending.timestamp", queue, WebhookTelemetry::oldest)
                    .description("Time of the oldest event that waits for a webhook; 0 when none waits")
                    .baseUnit("seconds")
                    .tag(WEBHOOK, name)
                    .register(registry));
        }
    }

    private static double oldest(WebhookQueue queue) {
        Instant oldest = queue.oldest();
        return oldest == null ? 0 : oldest.toEpochMilli() / MILLIS;
    }

    /** Removes the gauges: the registry outlives an application that is restarted in the same process. */
    public void hide() {
        shown.forEach(registry::remove);
        shown.clear();
    }
}
