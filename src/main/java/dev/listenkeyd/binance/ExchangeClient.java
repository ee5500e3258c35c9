package dev.listenkeyd.binance;

import io.quarkus.rest.client.reactive.QuarkusRestClientBuilder;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpVersion;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jboss.resteasy.reactive.client.api.LoggingScope;
import org.jspecify.annotations.Nullable;

/**
 * Makes the REST client. Every call has its own connection: calls are half an hour apart, so a pooled connection would often be
 * dead, and a retry must not meet the connection that failed before.
 *
 * <p>The exchange is not trusted. Its bounds are fixed here: Quarkus' general settings of REST clients ({@code
 * quarkus.rest-client.*}, {@code quarkus.tls.trust-all}) can't change them.
 */
public final class ExchangeClient {
    private static final String USER_AGENT = "listenkeyd";

    /** More than all attempts need, including abandoned ones with a connection that is still open. */
    private static final int CONNECTIONS = 512;

    /** The timeout around the call must fire first: the circuit breaker counts a failure of the client. */
    private static final Duration GRACE = Duration.ofMillis(500);

    /** Of all headers of a reply together, and of its status line; the exchange sends about 1 KiB. */
    private static final int MAX_HEADER_BYTES = 8 * 1024;

    private static final int MAX_STATUS_LINE_BYTES = 4 * 1024;

    private ExchangeClient() {}

    /**
     * @param url base address, without the path of the calls
     * @param callTimeout soon after it the connection is closed, even if data still arrives
     * @param source local address that the calls leave from; null for the one that the system chooses
     */
    public static ExchangeApi create(
            URI url, Duration connectTimeout, Duration callTimeout, @Nullable String source, Vertx vertx) {
        long millis = callTimeout.plus(GRACE).toMillis();
        return QuarkusRestClientBuilder.newBuilder()
                .baseUri(url)
                .connectTimeout(connectTimeout.toMillis(), TimeUnit.MILLISECONDS)
                .readTimeout(millis, TimeUnit.MILLISECONDS)
                .followRedirects(false)
                .disableDefaultMapper(true)
                .userAgent(USER_AGENT)
                // Logged requests would show the API key in the bytes of the connection, and replies the listen key.
                .loggingScope(LoggingScope.NONE)
                .loggingMaskedHeaders(Set.of(ExchangeApi.API_KEY_HEADER))
                .httpClientOptionsCustomizer(options -> harden(options.setLocalAddress(source), url))
                .httpClientRequestCustomizer(request -> {
                    closeAfter(millis, request, vertx);
                    distrust(request);
                })
                .build(ExchangeApi.class);
    }

    /** Applied after all settings. */
    private static void harden(HttpClientOptions options, URI url) {
        options.setKeepAlive(false)
                .setMaxPoolSize(CONNECTIONS)
                .setProtocolVersion(HttpVersion.HTTP_1_1)
                .setUseAlpn(false)
                .setTrustAll(false)
                .setVerifyHost(true)
                .setLogActivity(false)
                // A few compressed bytes can become gigabytes; no call asks for compressed replies.
                .setDecompressionSupported(false)
                .setMaxHeaderSize(MAX_HEADER_BYTES)
                .setMaxInitialLineLength(MAX_STATUS_LINE_BYTES);
        if ("http".equals(url.getScheme())) {
            // A proxy could read plain text, which is for this machine alone.
            options.setProxyOptions(null);
        }
    }

    /** Cancelled when the connection closes; otherwise the timer keeps the call in memory. */
    private static void closeAfter(long millis, HttpClientRequest request, Vertx vertx) {
        long timer = vertx.setTimer(millis, late -> request.reset());
        request.connection().closeHandler(closed -> vertx.cancelTimer(timer));
    }

    /**
     * Removes the Content-Type header: the client buffers multipart replies without limit, and waits for their end even on a
     * closed connection.
     */
    private static void distrust(HttpClientRequest request) {
        request.response().onSuccess(response -> response.headers().remove(HttpHeaders.CONTENT_TYPE));
    }
}
