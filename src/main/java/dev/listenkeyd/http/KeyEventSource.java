package dev.listenkeyd.http;

import dev.listenkeyd.http.EventStream.Message;
import dev.listenkeyd.http.EventStream.Source;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.notify.EventFeed;
import dev.listenkeyd.notify.Subscription;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The key of one account for one subscriber: at once, and whenever it is another; {@code lost} while there is none. */
final class KeyEventSource implements Source {
    private static final String NONE = "";

    private final EventFeed feed;
    private final Subscription subscription;
    private final Supplier<@Nullable Lease> lease;
    private final RawKeys keys;
    private final EventFrames frames;
    /** Fingerprint of the key that was sent last; {@link #NONE} for {@code lost}; null at the beginning. */
    private @Nullable String sent;

    private boolean over;

    /** @param lease the account's lease now; null when it has ended */
    KeyEventSource(
            EventFeed feed,
            Subscription subscription,
            Supplier<@Nullable Lease> lease,
            RawKeys keys,
            EventFrames frames) {
        this.feed = feed;
        this.subscription = subscription;
        this.lease = lease;
        this.keys = keys;
        this.frames = frames;
        feed.add(subscription);
    }

    @Override
    public @Nullable Message next() {
        // That something happened is enough: the lease is looked at as it is now.
        Instant changedAt = null;
        for (FeedEvent event = subscription.poll(); event != null; event = subscription.poll()) {
            changedAt = event.at();
        }
        Lease now = lease.get();
        over = now == null || subscription.isOverrun();
        String fingerprint = now == null || !now.isLive() || now.key() == null
                ? NONE
                : now.key().value().fingerprint();
        if (now == null || Objects.equals(fingerprint, sent)) {
            return null;
        }
        sent = fingerprint;
        try {
            return fingerprint.equals(NONE)
                    ? lost(now, changedAt)
                    : new Message(frames.of("key", keys.of(now)), changedAt);
        } catch (LeaseRefused e) {
            // Its deadline has passed in this instant.
            sent = NONE;
            return lost(now, changedAt);
        }
    }

    private Message lost(Lease lease, @Nullable Instant changedAt) {
        return new Message(frames.of("lost", Map.of("account", lease.account())), changedAt);
    }

    @Override
    public boolean isOver() {
        return over;
    }

    @Override
    public void close() {
        feed.remove(subscription);
    }
}
