package dev.listenkeyd.binance;

import io.quarkus.rest.client.reactive.QuarkusRestClientBuilder;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Makes the REST client. Every call has a connection of its own: they are half an hour apart, so a pooled one would be
 * dead more often than not, and a retry must never meet the connection that failed before.
 */
public final class ExchangeClient {
    private static final String USER_AGENT = "listenkeyd";

    /** More than attempts can hold, those that were given up before their connection was closed included. */
    private static final int CONNECTIONS = 512;

    /** The timeout around the call comes first: were the client to fail a moment earlier, the breaker would count it. */
    private static final Duration GRACE = Duration.ofMillis(500);

    private ExchangeClient() {}

    /**
     * @param url base address, without the path of the calls
     * @param callTimeout soon after it the connection is closed, whatever trickles in on it
     */
    public static ExchangeApi create(URI url, Duration connectTimeout, Duration callTimeout, Vertx vertx) {
        long millis = callTimeout.plus(GRACE).toMillis();
        return QuarkusRestClientBuilder.newBuilder()
                .baseUri(url)
                .connectTimeout(connectTimeout.toMillis(), TimeUnit.MILLISECONDS)
                .readTimeout(millis, TimeUnit.MILLISECONDS)
                .followRedirects(false)
                .disableDefaultMapper(true)
                .userAgent(USER_AGENT)
                .loggingMaskedHeaders(Set.of(ExchangeApi.API_KEY_HEADER))
                .httpClientOptionsCustomizer(
                        options -> options.setKeepAlive(false).setMaxPoolSize(CONNECTIONS))
                .httpClientRequestCustomizer(request -> vertx.setTimer(millis, timer -> request.reset()))
                .build(ExchangeApi.class);
    }
}
