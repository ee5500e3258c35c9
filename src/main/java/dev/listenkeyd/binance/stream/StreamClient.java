package dev.listenkeyd.binance.stream;

import dev.listenkeyd.lease.Secret;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The WebSockets of the stream watch. The exchange is not trusted: redirects and compression are not accepted, and the size of a
 * message, the time to connect and the silence of a connection are bounded. A certificate is verified as for REST calls, by the
 * authorities that the JVM trusts. The address holds the key: it never stands in a message.
 */
public final class StreamClient implements StreamConnector {
    /** Of a frame, and of a message made of several. */
    static final int MAX_MESSAGE_BYTES = 64 * 1024;

    /** The exchange pings every 3 to 5 minutes. */
    private static final Duration LONGEST_SILENCE = Duration.ofMinutes(10);

    private static final int CLOSING_SECONDS = 2;

    /** Other characters could make another address. */
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_-]+");

    private static final String CLOSED = "closed";
    private static final Link NO_LINK = () -> {};

    /**
     * Bounds in time.
     *
     * @param connect for the connection
     * @param handshake for all until it is open
     * @param silence without any byte, after which it is closed
     */
    record Bounds(Duration connect, Duration handshake, Duration silence) {}

    private final WebSocketClient client;
    private final String prefix;
    private final Bounds bounds;

    /**
     * @param prefix of the address; the key follows
     * @param max most accounts: each may have two connections for a moment
     */
    public StreamClient(Vertx vertx, String prefix, Duration connect, Duration handshake, int max) {
        this(vertx, prefix, new Bounds(connect, handshake, LONGEST_SILENCE), max);
    }

    StreamClient(Vertx vertx, String prefix, Bounds bounds, int max) {
        this.prefix = prefix;
        this.bounds = bounds;
        this.client = vertx.createWebSocketClient(new WebSocketClientOptions()
                .setMaxConnections(2 * max)
                .setMaxFrameSize(MAX_MESSAGE_BYTES)
                .setMaxMessageSize(MAX_MESSAGE_BYTES)
                .setTryUsePerFrameCompression(false)
                .setTryUsePerMessageCompression(false)
                .setClosingTimeout(CLOSING_SECONDS)
                .setConnectTimeout((int) bounds.connect().toMillis())
                .setSslHandshakeTimeout(bounds.handshake().toMillis())
                .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
                .setReadIdleTimeout((int) bounds.silence().toMillis())
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setUseAlpn(false)
                .setTrustAll(false)
                .setVerifyHost(true)
                .setLogActivity(false));
    }

    @Override
    public Link connect(Secret key, Listener listener) {
        if (!KEY.matcher(key.reveal()).matches()) {
            listener.ended("the key has characters that an address can't have");
            return NO_LINK;
        }
        Socket socket = new Socket(listener);
        socket.connect(new WebSocketConnectOptions()
                .setAbsoluteURI(prefix + key.reveal())
                .setTimeout(bounds.handshake().toMillis())
                // A browser's header, which the sandbox refuses.
                .setAllowOriginHeader(false)
                .addHeader("User-Agent", "listenkeyd"));
        return socket;
    }

    /** Closes all connections. */
    public void close() {
        client.close();
    }

    /** One WebSocket. Its callbacks come one at a time, on its event loop. */
    private final class Socket implements Link {
        private final ClientWebSocket socket = client.webSocket();
        private final Listener listener;
        private @Nullable WebSocket connected;
        private boolean closing;
        private boolean over;
        private @Nullable String why;

        private Socket(Listener listener) {
            this.listener = listener;
        }

        private void connect(WebSocketConnectOptions options) {
            socket.textMessageHandler(listener::message);
            socket.frameHandler(frame -> {
                // Answers to pings would pile up.
                if (!socket.isClosed() && socket.writeQueueFull()) {
                    end("the peer does not read");
                }
            });
            socket.exceptionHandler(broken -> end(describe(broken)));
            socket.closeHandler(closed -> over());
            socket.connect(options).onComplete(result -> {
                if (result.succeeded()) {
                    opened(result.result());
                } else {
                    end(describe(result.cause()));
                    over();
                }
            });
        }

        private void opened(WebSocket opened) {
            boolean unwanted;
            synchronized (this) {
                connected = opened;
                unwanted = closing;
            }
            if (unwanted) {
                opened.close();
            } else {
                listener.opened();
            }
        }

        /** The first reason is the cause of the others. */
        private void end(String reason) {
            why = why == null ? reason : why;
            close();
        }

        private void over() {
            if (!over) {
                over = true;
                listener.ended(why == null ? CLOSED : why);
            }
        }

        @Override
        public void close() {
            WebSocket open;
            synchronized (this) {
                closing = true;
                open = connected;
            }
            if (open != null && !open.isClosed()) {
                open.close();
            }
        }
    }

    /** In words that hold nothing of the peer and no address. */
    private static String describe(Throwable broken) {
        if (broken instanceof UpgradeRejectedException rejected) {
            return "HTTP " + rejected.getStatus();
        }
        if (broken instanceof HttpClosedException) {
            return CLOSED;
        }
        if (broken instanceof SSLException) {
            return "no TLS connection, or a certificate that is not trusted";
        }
        if (broken instanceof ConnectException) {
            return "can't connect";
        }
        if (broken instanceof CorruptedWebSocketFrameException) {
            return "a frame that is malformed or too large";
        }
        return broken.getClass().getSimpleName();
    }
}
