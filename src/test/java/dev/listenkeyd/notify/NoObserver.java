package dev.listenkeyd.notify;

import java.time.Duration;

/** For tests of something else. */
final class NoObserver implements WebhookObserver {
    @Override
    public void onResult(String webhook, Result result) {}

    @Override
    public void onFailing(String webhook, String why) {}

    @Override
    public void onRecovered(String webhook, Duration after) {}
}
