package dev.listenkeyd.notify;

import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import java.net.URI;
import java.util.Set;

/**
 * A receiver of events.
 *
 * @param url where they are sent; may hold a password, so it prints as {@code ***}
 * @param types of the events that it wants
 * @param accounts whose events it wants; empty for all. Events that concern all leases it gets in any case
 */
public record Webhook(String name, URI url, WebhookKey key, Set<EventType> types, Set<String> accounts) {

    /** The types of a webhook that names none. */
    public static final Set<EventType> DEFAULT_TYPES = Set.of(
            EventType.KEY,
            EventType.LOST,
            EventType.RECOVERED,
            EventType.AT_RISK,
            EventType.FAILING,
            EventType.GATE_CLOSED,
            EventType.EXCHANGE_UNREACHABLE);

    boolean wants(FeedEvent event) {
        String account = event.account();
        return types.contains(event.type()) && (account == null || accounts.isEmpty() || accounts.contains(account));
    }

    @Override
    public String toString() {
        return "Webhook[" + name + ", ***]";
    }
}
