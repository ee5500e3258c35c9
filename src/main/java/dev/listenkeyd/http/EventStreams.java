package dev.listenkeyd.http;

import dev.listenkeyd.access.BearerAuthentication;
import dev.listenkeyd.http.EventStream.Connection;
import dev.listenkeyd.http.EventStream.Source;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import io.netty.channel.EventLoop;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.sse.SseEventSink;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
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
    private final StreamMeters meters;
    private final int most;
    private final Set<EventStream> open = ConcurrentHashMap.newKeySet();
    private volatile boolean stopping;

    EventStreams(
            BearerAuthentication authentication,
            StreamMeters meters,
            @ConfigProperty(name = "listenkeyd.events.subscribers-max") int most) {
        this.authentication = authentication;
        this.meters = meters;
        this.most = most;
        meters.count(open);
    }

    /**
     * A subscriber, as its call has told.
     *
     * @param authorization the header that it came with; null for none
     * @param scope that it needs, now and later
     */
    record Subscriber(Connection connection, @Nullable String authorization, String scope) {}

    /**
     * Begins a stream. To be called by the thread of the call.
     *
     * @throws LeaseRefused when there are too many, or the process is stopping
     */
    Subscriber begin(SseEventSink sink, HttpServerRequest call, String scope) {
        open.removeIf(EventStream::isOver);
        if (stopping) {
            throw new LeaseRefused(Refusal.BUSY, "events: the daemon is stopping");
        }
        if (open.size() >= most) {
            throw new LeaseRefused(Refusal.BUSY, "events: there are " + most + " subscribers already");
        }
        call.response().putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        // nginx would collect events before it passes them on.
        call.response().putHeader("X-Accel-Buffering", "no");
        if (call.method().equals(HttpMethod.HEAD)) {
            sink.close();
        }
        EventLoop loop = ((ConnectionBase) call.connection()).channel().eventLoop();
        Connection connection = new Connection(sink, call.response(), loop);
        return new Subscriber(connection, call.getHeader(HttpHeaders.AUTHORIZATION), scope);
    }

    /** Opens a stream. {@code source} makes what is sent; it gets the callback to call when there is something. */
    void open(Subscriber subscriber, Function<Runnable, Source> source) {
        if (subscriber.connection().sink().isClosed()) {
            return;
        }
        Waker waker = new Waker();
        EventStream stream = new EventStream(
                subscriber.connection(),
                source.apply(waker),
                () -> authentication.isStillAllowed(subscriber.authorization(), subscriber.scope()),
                meters::onDelivered);
        open.add(stream);
        waker.stream = stream;
        // Now the headers leave, too, when there is nothing else to send.
        stream.beat();
        if (stopping) {
            // It may have come after all others were ended.
            stream.close();
        }
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

    /** Sends a comment to every subscriber. Call it every {@link #BEAT}, and when subscribers should look at what is no event. */
    public void beat() {
        open.removeIf(EventStream::isOver);
        open.forEach(EventStream::beat);
    }

    /** Ends all streams, and waits until their ends are written. To be called before the server closes its connections. */
    public void close() {
        stopping = true;
        List<EventStream> last = List.copyOf(open);
        last.forEach(EventStream::close);
        CompletableFuture<?>[] ends = last.stream().map(EventStream::endWritten).toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(ends)
                .completeOnTimeout(null, LAST_CHUNKS.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }
}
