package dev.listenkeyd.http;

import dev.listenkeyd.access.BearerAuthentication;
import dev.listenkeyd.http.EventStream.Source;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import io.quarkus.virtual.threads.VirtualThreads;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/** All open streams of server-sent events: how many there may be, and that they last as long as their subscribers may read. */
@Singleton
public final class EventStreams {
    /** Proxies close connections that are silent for longer. */
    public static final Duration BEAT = Duration.ofSeconds(15);

    /** How long a stop waits for the ends of streams. */
    private static final Duration LAST_CHUNKS = Duration.ofSeconds(1);

    private final BearerAuthentication authentication;
    private final ExecutorService executor;
    private final StreamMeters meters;
    private final int most;
    private final Map<EventStream, Sse> open = new ConcurrentHashMap<>();
    private volatile boolean stopping;

    EventStreams(
            BearerAuthentication authentication,
            @VirtualThreads ExecutorService executor,
            StreamMeters meters,
            @ConfigProperty(name = "listenkeyd.events.subscribers-max") int most) {
        this.authentication = authentication;
        this.executor = executor;
        this.meters = meters;
        this.most = most;
        meters.count(open.keySet());
    }

    /**
     * A subscriber, as its call has told.
     *
     * @param loop the thread of its connection
     * @param authorization the header that it came with; null for none
     * @param scope that it needs, now and later
     */
    record Subscriber(
            SseEventSink sink,
            Sse sse,
            Executor loop,
            @Nullable String authorization,
            String scope) {}

    /**
     * Begins a stream. To be called by the thread of the call.
     *
     * @throws LeaseRefused when there are too many
     */
    Subscriber begin(SseEventSink sink, Sse sse, HttpServerRequest call, String scope) {
        open.keySet().removeIf(EventStream::isClosed);
        if (stopping || open.size() >= most) {
            throw new LeaseRefused(Refusal.BUSY, "events: there are " + most + " subscribers already; try again later");
        }
        call.response().putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        // nginx would collect events before it passes them on.
        call.response().putHeader("X-Accel-Buffering", "no");
        if (call.method().equals(HttpMethod.HEAD)) {
            sink.close();
        }
        return new Subscriber(sink, sse, loop(call), call.getHeader(HttpHeaders.AUTHORIZATION), scope);
    }

    /** Opens a stream. {@code source} makes what is sent; it gets the callback to call when there is something. */
    void open(Subscriber subscriber, Function<Runnable, Source> source) {
        if (subscriber.sink().isClosed()) {
            return;
        }
        Waker waker = new Waker();
        EventStream stream = new EventStream(
                subscriber.sink(),
                source.apply(waker),
                () -> authentication.isStillAllowed(subscriber.authorization(), subscriber.scope()),
                executor,
                subscriber.loop(),
                meters::onDelivered);
        open.put(stream, subscriber.sse());
        waker.stream = stream;
        // Now the headers leave, too, when there is nothing else to send.
        stream.beat(comment(subscriber.sse()));
        if (stopping) {
            // It may have come after all others were ended.
            stream.close();
        }
    }

    /** The thread of the connection. */
    private static Executor loop(HttpServerRequest call) {
        return ((ConnectionBase) call.connection()).channel().eventLoop();
    }

    /** Wakes a stream that may not be made yet. */
    private static final class Waker implements Runnable {
        private volatile @Nullable EventStream stream;

        @Override
        public void run() {
            EventStream made = stream;
            if (made != null) {
                made.wake();
            }
        }
    }

    private static OutboundSseEvent comment(Sse sse) {
        return sse.newEventBuilder().comment("").build();
    }

    /** Sends a comment to every subscriber. Call it every {@link #BEAT}. */
    public void beat() {
        open.keySet().removeIf(EventStream::isClosed);
        open.forEach((stream, sse) -> stream.beat(comment(sse)));
    }

    /** Ends all streams, and waits until their ends are written. To be called before the server closes its connections. */
    public void close() {
        stopping = true;
        List<EventStream> last = List.copyOf(open.keySet());
        last.forEach(EventStream::close);
        CompletableFuture<?>[] ends = last.stream().map(EventStream::endWritten).toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(ends)
                .completeOnTimeout(null, LAST_CHUNKS.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }
}
