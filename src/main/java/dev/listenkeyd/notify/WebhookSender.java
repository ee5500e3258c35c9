package dev.listenkeyd.notify;

import dev.listenkeyd.lease.FeedEvent;
import java.util.concurrent.CompletionStage;

/** Sends events to webhooks, each in a signed call. Never blocks. */
public interface WebhookSender {

    /**
     * The result of a call.
     *
     * @param accepted whether the receiver answered 2xx
     * @param inShort for people, such as "HTTP 500"; without a secret
     */
    record Answer(boolean accepted, String inShort) {}

    /** @return never fails, and completes within a bounded time */
    CompletionStage<Answer> send(Webhook webhook, FeedEvent event);

    /** Sends an event of the type {@code test}, which is not in the feed. */
    CompletionStage<Answer> test(Webhook webhook);
}
