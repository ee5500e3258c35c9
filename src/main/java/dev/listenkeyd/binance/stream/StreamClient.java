package dev.listenkeyd.binance.stream;

import dev.listenkeyd.lease.Secret;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Connects to streams. The exchange is not trusted: a certificate is verified as for REST calls, by the authorities that the JVM
 * trusts, and connecting and silence are bounded in time. What is bounded in size stands in {@link StreamSocket}.
 *
 * <p>Vert.x' own WebSocketClient is not used: it keeps the whole reply of a server that refuses the handshake, however large.
 */
public final class StreamClient implements StreamConnector {
    /** The exchange pings every 3 to 5 minutes. */
    private static final Duration LONGEST_SILENCE = Duration.ofMinutes(10);

    private static final int TLS_PORT = 443;
    private static final int PLAIN_PORT = 80;

    /** Other characters could make another address. */
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_-]+");

    private static final Link NO_LINK = () -> {};

    /**
     * Bounds in time.
     *
     * @param connect for the connection
     * @param handshake for that of TLS, and again for that of the stream
     * @param silence without any byte, after which a connection is closed
     */
    record Bounds(Duration connect, Duration handshake, Duration silence) {}

    private final NetClient client;
    private final String prefix;
    private final Bounds bounds;

    /**
     * @param prefix of the address, {@code ws} or {@code wss}; the key follows
     * @param source local address that connections leave from; null for the one that the system chooses
     */
    public StreamClient(Vertx vertx, String prefix, Duration connect, Duration handshake, @Nullable String source) {
        this(vertx, prefix, new Bounds(connect, handshake, LONGEST_SILENCE), source);
    }

    StreamClient(Vertx vertx, String prefix, Bounds bounds, @Nullable String source) {
        this.prefix = prefix;
        this.bounds = bounds;
        this.client = vertx.createNetClient(new NetClientOptions()
                .setLocalAddress(source)
                .setSsl(isTls(URI.create(prefix)))
                .setTrustAll(false)
                .setHostnameVerificationAlgorithm("HTTPS")
                .setConnectTimeout((int) bounds.connect().toMillis())
                .setSslHandshakeTimeout(bounds.handshake().toMillis())
                .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
                .setReadIdleTimeout((int) bounds.silence().toMillis())
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setLogActivity(false));
    }

    @Override
    public Link connect(Secret key, Listener listener) {
        if (!KEY.matcher(key.reveal()).matches()) {
            listener.ended("the key has characters that an address can't have");
            return NO_LINK;
        }
        URI address = URI.create(prefix + key.reveal());
        int port = address.getPort() > 0 ? address.getPort() : isTls(address) ? TLS_PORT : PLAIN_PORT;
        StreamSocket socket = new StreamSocket(address, bounds.handshake(), listener);
        client.connect(port, host(address)).onSuccess(socket::connected).onFailure(socket::failed);
        return socket;
    }

    private static boolean isTls(URI address) {
        return "wss".equals(address.getScheme());
    }

    /** Without the brackets of an IPv6 address. */
    private static String host(URI address) {
        String host = address.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** Closes all connections. */
    public void close() {
        client.close();
    }
}
