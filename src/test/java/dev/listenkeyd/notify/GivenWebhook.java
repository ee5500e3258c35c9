package dev.listenkeyd.notify;

import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.FeedEvent.LeaseFacts;
import dev.listenkeyd.lease.Given;
import java.net.URI;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;

/** Webhooks and events for tests. */
@NullUnmarked
public final class GivenWebhook {
    public static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private GivenWebhook() {}

    public static Webhook webhook(String name) {
        return webhook(name, "http://user:hunter2@127.0.0.1:1/hook?token=hunter2");
    }

    public static Webhook webhook(String name, String url) {
        return new Webhook(name, URI.create(url), WebhookKey.of(SECRET), Webhook.DEFAULT_TYPES, Set.of());
    }

    /** @param account null for an event that concerns all leases */
    public static FeedEvent event(long seq, @Nullable String account) {
        return account == null
                ? FeedEvent.numbered(seq, Given.T0, EventType.GATE_CLOSED, null)
                : FeedEvent.numbered(
                        seq, Given.T0, EventType.LOST, new LeaseFacts(account, seq, "LOST", 1, "3f9a1c2b", null, null));
    }
}
