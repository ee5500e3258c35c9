package dev.listenkeyd.sandbox;

import dev.listenkeyd.access.Problem;
import io.netty.handler.timeout.IdleStateHandler;
import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * The sandbox's user data stream; it is missing unless the sandbox is on. Every handshake succeeds, whatever the key,
 * as at the exchange: only an active key gets events.
 */
@Singleton
public final class SandboxStream implements HttpServerOptionsCustomizer {
    /** The listen key follows. */
    public static final String PATH = "/sandbox/stream/ws/";

    /** Once the body is read there is no connection left to upgrade. Bodies are read at 50, after authorization at 100. */
    private static final int BEFORE_BODY = 55;

    private static final int MAX_CONNECTIONS = 256;

    private final boolean enabled;
    private final SandboxExchange exchange;
    private final InstantSource clock;
    private final AtomicInteger connections = new AtomicInteger();

    SandboxStream(
            @ConfigProperty(name = "listenkeyd.sandbox") boolean enabled,
            SandboxExchange exchange,
            InstantSource clock) {
        this.enabled = enabled;
        this.exchange = exchange;
        this.clock = clock;
    }

    @Override
    public void customizeHttpServer(HttpServerOptions options) {
        withoutCompression(options);
    }

    @Override
    public void customizeHttpsServer(HttpServerOptions options) {
        withoutCompression(options);
    }

    /** A few compressed bytes of a caller can become gigabytes. */
    private static void withoutCompression(HttpServerOptions options) {
        options.setPerFrameWebSocketCompressionSupported(false).setPerMessageWebSocketCompressionSupported(false);
    }

    void serve(@Observes Filters routes) {
        if (enabled) {
            routes.register(this::connect, BEFORE_BODY);
        }
    }

    private void connect(RoutingContext call) {
        HttpServerRequest request = call.request();
        if (!call.normalizedPath().startsWith(PATH)
                || !request.headers().contains(HttpHeaders.UPGRADE, HttpHeaders.WEBSOCKET, true)) {
            call.next();
            return;
        }
        if (connections.incrementAndGet() > MAX_CONNECTIONS) {
            connections.decrementAndGet();
            Problem.of(503, "busy", "the sandbox serves " + MAX_CONNECTIONS + " streams at a time")
                    .send(call);
            return;
        }
        String key = call.normalizedPath().substring(PATH.length());
        request.toWebSocket()
                .onSuccess(socket -> serve(call.vertx(), socket, key, request))
                .onFailure(refused -> connections.decrementAndGet());
    }

    private void serve(Vertx vertx, ServerWebSocket socket, String key, HttpServerRequest request) {
        if (request.connection() instanceof ConnectionBase connection) {
            // Between two pings a silent stream is idle for longer than a caller of the API may be.
            connection.channel().pipeline().remove(IdleStateHandler.class);
        }
        StreamSession session =
                new StreamSession(clock, exchange::stream, key, socket::writeTextMessage, socket::writePing);
        long timer = vertx.setPeriodic(StreamSession.STEP.toMillis(), step -> {
            // Unread messages would pile up.
            if (!socket.writeQueueFull()) {
                session.step();
            }
        });
        socket.closeHandler(closed -> {
            vertx.cancelTimer(timer);
            connections.decrementAndGet();
        });
    }
}
