package dev.listenkeyd.http;

import dev.listenkeyd.audit.Action;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * Which denials are worth a row of the audit: of one client and action one a minute, so that nobody pushes out what others
 * did by asking for what it may not have. All are counted in a metric.
 */
@Singleton
final class Denials {
    private static final long PERIOD = Duration.ofMinutes(1).toNanos();

    private final LongSupplier nanoTime;
    /** As many as there are clients and actions. */
    private final Map<Denial, Long> recordedAt = new ConcurrentHashMap<>();

    private record Denial(String client, Action action) {}

    /** @param nanoTime monotonic time */
    Denials(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    boolean isNews(String client, Action action) {
        long now = nanoTime.getAsLong();
        AtomicBoolean news = new AtomicBoolean();
        recordedAt.compute(new Denial(client, action), (denial, last) -> {
            news.set(last == null || now - last >= PERIOD);
            return news.get() ? now : last;
        });
        return news.get();
    }
}
