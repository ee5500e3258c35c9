package dev.listenkeyd.notify;

import java.time.Duration;

/** Observes the results of deliveries, on the thread where they happen. It must neither block nor throw. */
public interface WebhookObserver {

    /** The result of an attempt, or the end of a delivery that was given up. */
    enum Result {
        DELIVERED,
        /** An attempt has failed; the delivery is tried again. */
        FAILED,
        /** Dropped after {@link WebhookQueue#TRIED_FOR}. */
        EXPIRED,
        /** Dropped, since too many were pending. */
        OVERFLOWED
    }

    void onResult(String webhook, Result result);

    /** The first attempt in a row has failed. */
    void onFailing(String webhook, String why);

    /** Deliveries succeed again, for all accounts. */
    void onRecovered(String webhook, Duration after);
}
