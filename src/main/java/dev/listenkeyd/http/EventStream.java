package dev.listenkeyd.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import jakarta.ws.rs.sse.SseEventSink;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One open stream of server-sent events. Events that wait are sent together, on the thread of the connection; the next ones leave
 * when the connection has taken these. No thread waits with it. Thread-safe.
 */
final class EventStream {

    /** Bytes that are sent together, but for the rest of the last event. */
    private static final int BATCH = 64 * 1024;

    /**
     * An event to send.
     *
     * @param frame as it stands in the stream, with the empty line that ends it
     * @param changedAt when the change happened that the event tells; null when it tells none
     */
    record Message(Buffer frame, @Nullable Instant changedAt) {}

    /** The events to send. Asked by one thread. */
    interface Source {
        /** The next event; null when there is none now. Does not block. */
        @Nullable
        Message next();

        /** Whether the stream ends after what {@link #next} has given. */
        boolean isOver();

        /** The stream has ended: nobody asks any more. Called by any thread. */
        void close();
    }

    /**
     * The connection of a subscriber.
     *
     * @param sink begins and ends the answer
     * @param response takes the events
     * @param loop its thread, which alone sends: it can't be closed meanwhile
     */
    record Connection(SseEventSink sink, HttpServerResponse response, Executor loop) {}

    private final Connection connection;
    private final Source source;
    private final BooleanSupplier allowed;
    private final Consumer<Instant> delivered;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean beat = new AtomicBoolean();
    private final CompletableFuture<Void> endWritten = new CompletableFuture<>();
    private boolean sending;

    /**
     * @param allowed whether the subscriber may still read
     * @param delivered told of each change whose event the connection has taken
     */
    EventStream(Connection connection, Source source, BooleanSupplier allowed, Consumer<Instant> delivered) {
        this.connection = connection;
        this.source = source;
        this.allowed = allowed;
        this.delivered = delivered;
    }

    /** Something may be there to send. Returns at once. */
    void wake() {
        if (scheduled.compareAndSet(false, true)) {
            try {
                connection.loop().execute(() -> {
                    scheduled.set(false);
                    send();
                });
            } catch (RejectedExecutionException e) {
                // The process is stopping: whoever made the change must not notice.
                return;
            }
        }
    }

    /** Sends a comment, so that both ends notice a dead connection and a subscriber that may read no more. */
    void beat() {
        beat.set(true);
        wake();
    }

    private void send() {
        if (sending || closed.get()) {
            return;
        }
        if (connection.sink().isClosed() || !allowed.getAsBoolean()) {
            close();
            return;
        }
        Buffer batch = Buffer.buffer();
        if (beat.getAndSet(false)) {
            batch.appendString(EventFrames.COMMENT);
        }
        List<Instant> changes = new ArrayList<>();
        for (Message next = source.next(); next != null; next = batch.length() < BATCH ? source.next() : null) {
            batch.appendBuffer(next.frame());
            if (next.changedAt() != null) {
                changes.add(next.changedAt());
            }
        }
        if (batch.length() > 0) {
            write(batch, changes);
        } else if (source.isOver()) {
            close();
        }
    }

    private void write(Buffer batch, List<Instant> changes) {
        sending = true;
        try {
            connection.response().write(batch).onComplete(written -> taken(written.succeeded(), changes));
        } catch (RuntimeException e) {
            // The subscriber hung up before its stream had begun: its request is cleared already.
            close();
        }
    }

    /** On the thread of the connection. */
    private void taken(boolean succeeded, List<Instant> changes) {
        sending = false;
        if (succeeded) {
            changes.forEach(delivered);
            // Not here and now, so that streams take turns on a thread.
            wake();
        } else {
            close();
        }
    }

    /** Whether it has ended. That of a subscriber that hung up ends now. */
    boolean isOver() {
        if (connection.sink().isClosed()) {
            close();
        }
        return closed.get();
    }

    /** Ends the stream. Returns at once; see {@link #endWritten}. */
    void close() {
        if (closed.compareAndSet(false, true)) {
            source.close();
            connection.loop().execute(() -> {
                try {
                    connection.sink().close();
                } finally {
                    endWritten.complete(null);
                }
            });
        }
    }

    /** Completes when a stream that was closed has written its end. */
    CompletableFuture<Void> endWritten() {
        return endWritten;
    }
}
