package dev.listenkeyd.notify.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.notify.Webhook;
import dev.listenkeyd.notify.WebhookSender;
import dev.listenkeyd.view.EventView;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Signs events as Standard Webhooks 1.0 describes, and posts them. Every call has its own connection, to the configured address
 * and no other: redirects are not followed. A receiver is not trusted: of its answer only the status counts.
 */
public final class WebhookClient implements WebhookSender {
    static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    /** Of a whole call, its connection included. */
    static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);

    /** Of an answer's body; after more the connection is closed. */
    static final int MOST_BODY_BYTES = 16 * 1024;

    /** Of all headers of an answer together, and of its status line. */
    private static final int MOST_HEADER_BYTES = 8 * 1024;

    private static final int MOST_STATUS_LINE_BYTES = 4 * 1024;

    /** More than all webhooks of a configuration use at the same time: a call must not wait for another one. */
    private static final int CONNECTIONS = 1024;

    private static final int NAME_THREADS = 4;

    private static final int TEST_ID_RADIX = 32;

    private final Vertx vertx;
    /** Looks names up: a name server that hangs must not hold up the threads of the exchange's calls. */
    private final WorkerExecutor names;

    private final HttpClient client;
    private final ObjectMapper json;
    private final InstantSource clock;
    private final AtomicLong lastTest = new AtomicLong();

    public WebhookClient(Vertx vertx, ObjectMapper json, InstantSource clock) {
        this.vertx = vertx;
        this.json = json;
        this.clock = clock;
        this.names = vertx.createSharedWorkerExecutor("names of webhooks", NAME_THREADS);
        this.client = vertx.createHttpClient(new HttpClientOptions()
                .setKeepAlive(false)
                .setMaxPoolSize(CONNECTIONS)
                .setProtocolVersion(HttpVersion.HTTP_1_1)
                .setUseAlpn(false)
                .setTrustAll(false)
                .setVerifyHost(true)
                .setLogActivity(false)
                // A few compressed bytes can become gigabytes.
                .setDecompressionSupported(false)
                .setConnectTimeout(Math.toIntExact(CONNECT_TIMEOUT.toMillis()))
                .setMaxHeaderSize(MOST_HEADER_BYTES)
                .setMaxInitialLineLength(MOST_STATUS_LINE_BYTES));
    }

    @Override
    public CompletionStage<Answer> send(Webhook webhook, FeedEvent event) {
        return send(webhook, EventView.of(event));
    }

    @Override
    public CompletionStage<Answer> test(Webhook webhook) {
        // Receivers know an event by its id: each test is another one.
        long number = lastTest.updateAndGet(last -> Math.max(last + 1, clock.millis()));
        String id = "test-" + Long.toString(number, TEST_ID_RADIX);
        return send(webhook, EventView.test(id, clock.instant()));
    }

    private CompletionStage<Answer> send(Webhook webhook, EventView event) {
        byte[] body = written(event);
        RequestOptions options = options(webhook, event.id(), body);
        WebhookCall call = new WebhookCall(Buffer.buffer(body));
        long timer = vertx.setTimer(CALL_TIMEOUT.toMillis(), late -> call.end());
        names.executeBlocking(() -> InetAddress.getByName(options.getHost()), false)
                .map(address -> new InetSocketAddress(address, options.getPort()))
                .compose(address -> client.request(options.setServer(SocketAddress.inetSocketAddress(address))))
                .onSuccess(call::begin)
                .onFailure(call::failed);
        return call.answer().whenComplete((answer, failure) -> vertx.cancelTimer(timer));
    }

    private byte[] written(EventView event) {
        try {
            return json.writeValueAsBytes(event);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an event that can't be written", e);
        }
    }

    private RequestOptions options(Webhook webhook, String id, byte[] body) {
        URI url = webhook.url();
        boolean https = "https".equals(url.getScheme());
        String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        long seconds = clock.instant().getEpochSecond();
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost(url.getHost().replaceAll("[\\[\\]]", ""))
                .setPort(url.getPort() < 0 ? (https ? 443 : 80) : url.getPort())
                .setSsl(https)
                .setFollowRedirects(false)
                .setURI(url.getRawQuery() == null ? path : path + "?" + url.getRawQuery())
                .putHeader(HttpHeaders.USER_AGENT, "listenkeyd")
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .putHeader("webhook-id", id)
                .putHeader("webhook-timestamp", Long.toString(seconds))
                .putHeader("webhook-signature", webhook.key().sign(id, seconds, body));
        if (url.getUserInfo() != null) {
            String password =
                    Base64.getEncoder().encodeToString(url.getUserInfo().getBytes(UTF_8));
            options.putHeader(HttpHeaders.AUTHORIZATION, "Basic " + password);
        }
        return options;
    }
}
