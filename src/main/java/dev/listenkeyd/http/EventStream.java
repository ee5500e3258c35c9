package dev.listenkeyd.http;

import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.SseEventSink;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One open stream of server-sent events. It sends one event at a time: the next leaves when the connection has taken the last. No
 * thread waits with it. Thread-safe.
 */
final class EventStream {

    /**
     * An event to send.
     *
     * @param changedAt when the change happened that the event tells; null when it tells none
     */
    record Message(OutboundSseEvent event, @Nullable Instant changedAt) {}

    /** The events to send. Asked by one thread at a time. */
    interface Source {
        /** The next event; null when there is none now. */
        @Nullable
        Message next();

        /** Whether the stream ends after what {@link #next} has given. */
        boolean isOver();

        /** The stream has ended: nobody asks any more. */
        void close();
    }

    private final SseEventSink sink;
    private final Source source;
    private final BooleanSupplier allowed;
    private final Executor executor;
    private final Executor loop;
    private final Consumer<Instant> delivered;
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final CompletableFuture<Void> endWritten = new CompletableFuture<>();
    private @Nullable OutboundSseEvent comment;
    private boolean sending;
    private boolean closed;

    /**
     * @param allowed whether the subscriber may still read
     * @param executor makes the events, apart from the thread that made the change
     * @param loop sends them: the thread of the connection, which nobody can close meanwhile
     * @param delivered told of each change whose event the connection has taken
     */
    EventStream(
            SseEventSink sink,
            Source source,
            BooleanSupplier allowed,
            Executor executor,
            Executor loop,
            Consumer<Instant> delivered) {
        this.sink = sink;
        this.source = source;
        this.allowed = allowed;
        this.executor = executor;
        this.loop = loop;
        this.delivered = delivered;
    }

    /** Something may be there to send. Returns at once. */
    void wake() {
        if (scheduled.compareAndSet(false, true)) {
            try {
                executor.execute(() -> {
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
    void beat(OutboundSseEvent heartbeat) {
        synchronized (this) {
            comment = heartbeat;
        }
        wake();
    }

    private void send() {
        Message next = begin();
        if (next != null && allowed.getAsBoolean()) {
            loop.execute(() -> send(next));
        } else if (next != null) {
            close();
        }
    }

    private void send(Message message) {
        if (sink.isClosed()) {
            close();
            return;
        }
        try {
            sink.send(message.event()).whenComplete((done, failure) -> {
                if (failure == null && message.changedAt() != null) {
                    delivered.accept(message.changedAt());
                }
                ended(failure == null);
                wake();
            });
        } catch (RuntimeException e) {
            // The subscriber hung up before its stream had begun: its request is cleared already.
            close();
        }
    }

    private synchronized @Nullable Message begin() {
        if (sending || closed) {
            return null;
        }
        Message next = comment == null ? source.next() : new Message(comment, null);
        comment = null;
        sending = next != null;
        if (next == null && source.isOver()) {
            close();
        }
        return next;
    }

    private void ended(boolean taken) {
        synchronized (this) {
            sending = false;
        }
        if (!taken) {
            close();
        }
    }

    synchronized boolean isClosed() {
        return closed || sink.isClosed();
    }

    /** Ends the stream. Returns at once; see {@link #endWritten}. */
    synchronized void close() {
        if (!closed) {
            closed = true;
            source.close();
            loop.execute(() -> {
                try {
                    sink.close();
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
