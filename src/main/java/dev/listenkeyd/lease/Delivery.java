package dev.listenkeyd.lease;

import java.util.Comparator;

/**
 * An event on its way to a webhook.
 *
 * @param webhook its name
 * @param pending false once it was delivered or given up: then it leaves the store
 */
public record Delivery(String webhook, FeedEvent event, boolean pending) {

    /** By event, then by webhook. Two replicas may have given the same number. */
    public static final Comparator<Delivery> ORDER = Comparator.comparingLong(
                    (Delivery delivery) -> delivery.event().seq())
            .thenComparing(delivery -> delivery.event().id())
            .thenComparing(Delivery::webhook);

    /** The same delivery, delivered or given up. */
    public Delivery ended() {
        return new Delivery(webhook, event, false);
    }
}
