package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged daemon listens to the stream of a sandbox. Its keys live an hour and nothing else looks at them for 24 minutes, so
 * whatever is noticed here was noticed by the watch.
 */
class StreamWatchIT {
    private static final String API_KEY = "an-api-key-of-the-second-daemon";
    private static final Map<String, String> UNHURRIED = Map.of(
            "LISTENKEYD_LEASE_TTL", "1h", "LISTENKEYD_LEASE_RENEW_EVERY", "30m", "LISTENKEYD_LEASE_CHECK_EVERY", "off");

    @TempDir
    private Path first;

    @TempDir
    private Path second;

    private final List<String> keys = new ArrayList<>();

    @Test
    void aClosedKeyIsNoticedAtOnce() throws Exception {
        Map<String, String> environment = new HashMap<>(UNHURRIED);
        environment.put("LISTENKEYD_SANDBOX", "true");
        environment.put("LISTENKEYD_STREAM_WATCH", "true");
        try (DaemonProcess daemon = DaemonProcess.start(first, environment).awaitReady()) {
            followClosings(
                    daemon,
                    "demo",
                    () -> daemon.call("POST", "/sandbox/faults", "{\"kind\":\"close-key\",\"account\":\"demo\"}"));

            assertEndsWithoutAWord(daemon);
        }
    }

    /** The sandbox of one daemon is the exchange of another, whose account alone is watched. */
    @Test
    void anotherDaemonsSandboxIsAnExchangeWithAStream() throws Exception {
        Map<String, String> sandbox = new HashMap<>(UNHURRIED);
        sandbox.put("LISTENKEYD_SANDBOX", "true");
        try (DaemonProcess exchange = DaemonProcess.start(first, sandbox).awaitReady()) {
            String address = exchange.address().toString();
            Map<String, String> environment = new HashMap<>(UNHURRIED);
            environment.put("LISTENKEYD_BINANCE_URL", address + "/sandbox");
            environment.put("LISTENKEYD_BINANCE_STREAM_URL", address.replace("http:", "ws:") + "/sandbox/stream/ws/");
            environment.put("LISTENKEYD_ACCOUNTS_MAIN_API_KEY", API_KEY);
            environment.put("LISTENKEYD_ACCOUNTS_MAIN_KEEP", "true");
            environment.put("LISTENKEYD_ACCOUNTS_MAIN_WATCH", "true");
            try (DaemonProcess daemon = DaemonProcess.start(second, environment).awaitReady()) {
                followClosings(daemon, "main", () -> deleteKey(exchange.address()));

                assertThat(exchange.get("/v1/listen-keys/demo").get("stream").isNull())
                        .as("nothing is watched unless it is said")
                        .isTrue();
                assertEndsWithoutAWord(daemon);
            }
        }
    }

    private void followClosings(DaemonProcess daemon, String account, Runnable close) {
        for (int generation = 2; generation <= 4; generation++) {
            await("the stream is connected")
                    .atMost(SOON)
                    .until(() -> lease(daemon, account)
                            .path("stream")
                            .path("connected")
                            .asBoolean());
            await("an event comes")
                    .atMost(SOON)
                    .until(() -> !lease(daemon, account)
                            .path("stream")
                            .path("lastEventAt")
                            .isNull());
            String before = key(daemon, account);
            keys.add(before);

            long started = System.nanoTime();
            close.run();

            await("another key is there")
                    .atMost(SOON)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> !key(daemon, account).equals(before));
            System.out.printf(
                    "StreamWatchIT: %d ms from the closing of the key to another one in /key%n",
                    Duration.ofNanos(System.nanoTime() - started).toMillis());
            assertThat(lease(daemon, account).get("generation").asInt()).isEqualTo(generation);
        }
        keys.add(key(daemon, account));
        await("the stream is connected")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(
                                daemon.call("GET", "/q/metrics", "").body())
                        .contains("listenkey_stream_connected{account=\"" + account + "\",} 1.0")
                        .contains("listenkey_stream_last_event_timestamp_seconds{account=\"" + account + "\",}"));
    }

    private void assertEndsWithoutAWord(DaemonProcess daemon) throws InterruptedException {
        assertThat(daemon.terminate()).isZero();
        assertThat(keys).hasSize(4);
        assertThat(daemon.output()).contains("the stream says that the key has expired");
        assertThat(daemon.output()).doesNotContain(keys).doesNotContain(API_KEY).doesNotContain("ACCOUNT_UPDATE");
        assertThat(daemon.output()).doesNotContainIgnoringCase("exception");
    }

    private static JsonNode lease(DaemonProcess daemon, String account) {
        return daemon.lease(account);
    }

    /** Empty while there is none. */
    private static String key(DaemonProcess daemon, String account) {
        HttpResponse<String> response = daemon.call("GET", "/v1/listen-keys/" + account + "/key", "");
        return response.statusCode() == 200
                ? LocalHttp.json(response).get("listenKey").asText()
                : "";
    }

    private static void deleteKey(URI exchange) {
        try {
            HttpResponse<String> response = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(exchange.resolve("/sandbox/eapi/v1/listenKey"))
                                    .header("X-MBX-APIKEY", API_KEY)
                                    .DELETE()
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(200);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
