package dev.listenkeyd.notify;

import dev.listenkeyd.lease.FeedEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.NullUnmarked;

/** Calls that a test answers. */
@NullUnmarked
public final class RecordingSender implements WebhookSender {

    /** A call that has not been answered yet. */
    public record Call(String webhook, FeedEvent event, CompletableFuture<Answer> answer) {
        public void answer(int status) {
            answer.complete(new Answer(status / 100 == 2, "HTTP " + status));
        }

        long seq() {
            return event.seq();
        }
    }

    /** In the order in which they were made. */
    public final List<Call> calls = new ArrayList<>();

    public boolean broken;

    /** For tests of something else. */
    public static Webhooks noWebhooks() {
        return new Webhooks(List.of(), delivery -> {}, new RecordingSender(), Runnable::run);
    }

    @Override
    public CompletionStage<Answer> send(Webhook webhook, FeedEvent event) {
        if (broken) {
            throw new IllegalStateException("told to break");
        }
        Call call = new Call(webhook.name(), event, new CompletableFuture<>());
        calls.add(call);
        return call.answer();
    }

    @Override
    public CompletionStage<Answer> test(Webhook webhook) {
        throw new IllegalStateException("not asked for here");
    }
}
