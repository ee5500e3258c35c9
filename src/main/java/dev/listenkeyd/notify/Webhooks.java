package dev.listenkeyd.notify;

import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.notify.WebhookSender.Answer;
import java.util.ArrayList;
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
    private final Consumer<List<Delivery>> rows;
    private final WebhookSender sender;
    private final Executor executor;
    private volatile boolean stopped;

    /**
     * @param rows stores pending deliveries, or removes those that are over, in one write; must not block
     * @param executor makes the calls, apart from the thread that made the change
     */
    public Webhooks(List<WebhookQueue> queues, Consumer<List<Delivery>> rows, WebhookSender sender, Executor executor) {
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

    /** Makes no more deliveries of an account: another replica does. */
    public void drop(String account) {
        queues.forEach(queue -> queue.drop(account));
    }

    /** Takes the pending deliveries of earlier processes, or of other replicas. Those of webhooks that are no longer configured are removed. */
    public void restore(List<Delivery> pending) {
        List<Delivery> unknown = new ArrayList<>();
        pending.forEach(delivery -> queue(delivery.webhook())
                .ifPresentOrElse(queue -> queue.add(delivery), () -> unknown.add(delivery.ended())));
        rows.accept(unknown);
    }

    /** Delivers an event to all webhooks that want it. Call it while the change that caused it is made. */
    public void publish(FeedEvent event) {
        List<Delivery> deliveries = queues.stream()
                .map(WebhookQueue::webhook)
                .filter(webhook -> webhook.wants(event))
                .map(webhook -> new Delivery(webhook.name(), event, true))
                .toList();
        if (!deliveries.isEmpty()) {
            // Together, so that no kill comes between two of them; first, so that their ends are written later.
            rows.accept(deliveries);
            deliveries.forEach(delivery -> queue(delivery.webhook()).ifPresent(queue -> queue.add(delivery)));
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
            end(queue.removeOverflow());
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
                            end(queue.ended(delivery, answer));
                            dispatch();
                        },
                        executor);
    }

    private void end(List<Delivery> over) {
        if (!over.isEmpty()) {
            rows.accept(over.stream().map(Delivery::ended).toList());
        }
    }

    /** Catches everything: a delivery that stayed in flight would hold up its account for ever. */
    private CompletionStage<Answer> begun(Webhook webhook, Delivery delivery) {
        try {
            return sender.send(webhook, delivery.event());
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }
}
