package dev.listenkeyd.http;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The sandbox's stream, with the silence of the exchange's. */
@QuarkusTest
@TestProfile(SandboxFuzzTest.Sandbox.class)
@NullUnmarked
class SandboxStreamTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final String DEMO = "/v1/listen-keys/demo";

    private final List<Follower> followers = new CopyOnWriteArrayList<>();

    @BeforeEach
    void noFaults() {
        given().delete("/sandbox/faults").then().statusCode(204);
        given().post(DEMO + "/renew");
        await().atMost(SOON).until(() -> given().get(DEMO).path("status").equals("ACTIVE"));
    }

    @AfterEach
    void disconnect() {
        followers.forEach(follower -> follower.socket.abort());
    }

    @Test
    void theStreamAddressLeadsToItAndItCarriesUpdates() {
        Follower follower = connect(streamUrl());

        await().atMost(SOON).until(() -> !follower.messages.isEmpty());

        assertThat(follower.messages).allSatisfy(message -> assertThat(message).contains("\"e\":\"ACCOUNT_UPDATE\""));
    }

    @Test
    void aClosedKeyIsSaidToHaveExpiredAndTheConnectionStaysOpen() {
        String address = streamUrl();
        Follower follower = connect(address);

        fault("close-key");

        await().atMost(SOON).until(() -> follower.expiries() == 1);
        assertThat(follower.messages.get(follower.messages.size() - 1))
                .matches("\\{\"e\":\"listenKeyExpired\",\"E\":\"\\d{13}\",\"listenKey\":\""
                        + address.substring(address.lastIndexOf('/') + 1) + "\"}");
        assertSilent(follower);
    }

    @Test
    void aReplacedKeyIsSilent() {
        Follower follower = connect(streamUrl());

        fault("rotate-key");
        follower.messages.clear();
        assertSilent(follower);

        assertThat(follower.expiries()).isZero();
    }

    @Test
    void anUnknownKeyIsSilent() {
        String address = streamUrl();

        assertSilent(connect(address.substring(0, address.lastIndexOf('/') + 1) + "unknown"));
    }

    @Test
    void webPagesAreRefused() {
        assertThatThrownBy(() -> HttpClient.newHttpClient()
                        .newWebSocketBuilder()
                        .header("Origin", "http://127.0.0.1")
                        .buildAsync(URI.create(streamUrl()), new Follower())
                        .join())
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        WebSocketHandshakeException.class,
                        refused ->
                                assertThat(refused.getResponse().statusCode()).isEqualTo(403));
    }

    @Test
    void aPlainCallFindsNothing() {
        given().get(URI.create(streamUrl()).getPath())
                .then()
                .statusCode(404)
                .contentType("application/problem+json")
                .body("code", equalTo("not-found"));
    }

    /** Answers a ping, and gets nothing while a stream of the account's active key, connected later, gets updates. */
    private void assertSilent(Follower follower) {
        int before = follower.messages.size();
        Follower active = connect(streamUrl());
        follower.socket.sendPing(ByteBuffer.allocate(1)).join();

        await().atMost(SOON).until(() -> follower.pongs.get() == 1 && !active.messages.isEmpty());
        assertThat(follower.messages).hasSize(before);
        assertThat(follower.socket.isInputClosed()).isFalse();
    }

    private static void fault(String kind) {
        given().contentType(ContentType.JSON)
                .body("{\"kind\":\"" + kind + "\",\"account\":\"demo\"}")
                .post("/sandbox/faults")
                .then()
                .statusCode(200);
    }

    private static String streamUrl() {
        given().post(DEMO + "/renew");
        return await().atMost(SOON).until(() -> given().get(DEMO + "/key").path("streamUrl"), Objects::nonNull);
    }

    private Follower connect(String address) {
        Follower follower = new Follower();
        follower.socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create(address), follower)
                .join();
        followers.add(follower);
        return follower;
    }

    private static final class Follower implements WebSocket.Listener {
        private final List<String> messages = new CopyOnWriteArrayList<>();
        private final AtomicInteger pongs = new AtomicInteger();
        private WebSocket socket;

        private long expiries() {
            return messages.stream()
                    .filter(message -> message.contains("listenKeyExpired"))
                    .count();
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            messages.add(data.toString());
            return WebSocket.Listener.super.onText(from, data, last);
        }

        @Override
        public CompletionStage<?> onPong(WebSocket from, ByteBuffer message) {
            pongs.incrementAndGet();
            return WebSocket.Listener.super.onPong(from, message);
        }
    }
}
