package dev.listenkeyd.notify;

import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.notify.WebhookSender.Answer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Delivers events to webhooks, each at least once, unless it is given up. A pending delivery is on disk together with the
 * change that caused it. It also leaves while the disk fails. Thread-safe.
 */
public final class Webhooks {
    private final List<WebhookQueue> queues;
    private final Consumer<Delivery> rows;
    private final WebhookSender sender;
    private final Executor executor;
    private volatile boolean stopped;

    /**
     * @param rows stores a pending delivery, or removes one that is over; must not block
     * @param executor makes the calls, apart from the thread that made the change
     */
    public Webhooks(List<WebhookQueue> queues, Consumer<Delivery> rows, WebhookSender sender, Executor executor) {
        this.queues = List.copyOf(queues);
        this.rows = rows;
        this.sender = sender;
        this.executor = executor;
    }

    /** All queues, one for each webhook. */
    public List<WebhookQueue> queues() {
        return queues;
    }

    public Optional<Webhook> find(String name) {
        return queue(name).map(WebhookQueue::webhook);
    }

    private Optional<WebhookQueue> queue(String name) {
        return queues.stream()
                .filter(queue -> queue.webhook().name().equals(name))
                .findFirst();
    }

    /** Takes the pending deliveries of earlier processes. Those of webhooks that are no longer configured are removed. */
    public void restore(List<Delivery> pending) {
        pending.forEach(delivery -> queue(delivery.webhook())
                .ifPresentOrElse(queue -> queue.add(delivery), () -> rows.accept(delivery.ended())));
    }

    /** Delivers an event to all webhooks that want it. Call it while the change that caused it is made. */
    public void publish(FeedEvent event) {
        boolean any = false;
        for (WebhookQueue queue : queues) {
            if (queue.webhook().wants(event)) {
                Delivery delivery = new Delivery(queue.webhook().name(), event, true);
                // First, so that the end of the delivery is written after it.
                rows.accept(delivery);
                queue.add(delivery);
                any = true;
            }
        }
        if (any) {
            executor.execute(this::dispatch);
        }
    }

    /** Makes the calls that have become due. Call it about once a second. */
    public void tick() {
        dispatch();
    }

    /** Makes no more calls, before the process stops. */
    public void stop() {
        stopped = true;
    }

    private void dispatch() {
        for (WebhookQueue queue : queues) {
            queue.removeOverflow().forEach(delivery -> rows.accept(delivery.ended()));
            if (!stopped) {
                queue.takeDue().forEach(delivery -> send(queue, delivery));
            }
        }
    }

    private void send(WebhookQueue queue, Delivery delivery) {
        CompletionStage<Void> unused = begun(queue.webhook(), delivery)
                .exceptionally(defect -> new Answer(false, defect.getClass().getSimpleName()))
                .thenAcceptAsync(
                        answer -> {
                            queue.ended(delivery, answer).forEach(over -> rows.accept(over.ended()));
                            dispatch();
                        },
                        executor);
    }

    /** Catches everything: a delivery that stayed in flight would hold up its account for ever. */
    private CompletionStage<Answer> begun(Webhook webhook, Delivery delivery) {
        try {
            return sender.send(webhook, delivery.event());
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
