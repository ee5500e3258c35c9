package dev.listenkeyd.http;

import static dev.listenkeyd.exchange.StandInResource.MAIN_API_KEY;
import static dev.listenkeyd.http.ApiClient.LEASES;
import static dev.listenkeyd.http.ApiClient.given;
import static dev.listenkeyd.http.ApiClient.metrics;
import static dev.listenkeyd.http.ApiClient.register;
import static dev.listenkeyd.http.ApiClient.renew;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.listenkeyd.exchange.StandInResource;
import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.notify.EventFeed;
import dev.listenkeyd.telemetry.PrometheusText;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Who follows a lease: by a stream of events, by a stream of its key, or by calls that wait. */
@QuarkusTest
@WithTestResource(StandInResource.class)
@NullUnmarked
class EventStreamApiTest extends ApiTest {
    private static final String EVENTS = "/v1/events";
    private static final String DELIVERIES = "listenkey_event_delivery_seconds_count";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int SMALL = 4096;

    /** Events that are more than wait for a subscriber and fit into the buffers of its connection. */
    private static final int MORE_THAN_WAIT = 60_000;

    private static final int READ_TOGETHER = 1000;

    @Inject
    EventFeed feed;

    @Test
    void aSubscriberGetsTheStateAndThenEveryChange() throws Exception {
        register("main").then().statusCode(201);
        try (EventReader events = new EventReader(EVENTS, null)) {
            assertThat(events.headers())
                    .containsEntry("cache-control", "no-store")
                    .containsEntry("x-accel-buffering", "no");
            EventReader.Event state = events.next();
            assertThat(state.name()).isEqualTo("lease");
            assertThat(state.data().getString("account")).isEqualTo("main");
            assertThat(events.next().name()).isEqualTo("sync");
            PrometheusText before = metrics();

            String rotated = exchange.rotateKey(MAIN_API_KEY);
            renew("main");

            EventReader.Event key = events.next();
            assertThat(key.name()).isEqualTo("key");
            JsonPath told = key.data();
            assertThat(told.getString("fingerprint")).isEqualTo(fingerprint(rotated));
            assertThat(told.getString("cause")).isEqualTo("CLOSED_ELSEWHERE");
            assertThat(told.getLong("revision")).isGreaterThan(state.data().getLong("revision"));
            assertThat(told.getString("seq")).isEqualTo(key.id());
            assertThat(instant(told, "reconcile.from")).isBeforeOrEqualTo(instant(told, "reconcile.to"));
            assertThat(metrics().value("listenkey_events_total", "type", "key"))
                    .isEqualTo(before.value("listenkey_events_total", "type", "key") + 1);
            // The subscriber may have the event before it is counted.
            await().atMost(PATIENCE).until(() -> metrics().value(DELIVERIES) > before.value(DELIVERIES));
        }
    }

    @Test
    void whoComesBackGetsWhatWasMissed() throws Exception {
        register("main").then().statusCode(201);
        String inSync;
        String seen;
        try (EventReader events = new EventReader(EVENTS, null)) {
            inSync = events.nextNamed("sync").id();
            exchange.rotateKey(MAIN_API_KEY);
            renew("main");
            seen = events.nextNamed("key").id();
        }
        given().queryParam("holder", "default").delete(LEASES + "/main").then().statusCode(204);

        try (EventReader back = new EventReader(EVENTS, inSync)) {
            assertThat(back.next().id())
                    .as("the key that was rotated after sync")
                    .isEqualTo(seen);
            assertThat(back.next().name()).isEqualTo("released");
            assertThat(back.next().data().getBoolean("resumed")).isTrue();
        }
        try (EventReader back = new EventReader(EVENTS, seen)) {
            assertThat(back.next().name()).isEqualTo("released");
            EventReader.Event sync = back.next();
            assertThat(sync.name()).isEqualTo("sync");
            assertThat(sync.data().getBoolean("resumed")).isTrue();
        }
        try (EventReader lost = new EventReader(EVENTS, "1")) {
            EventReader.Event sync = lost.next();
            assertThat(sync.name()).isEqualTo("sync");
            assertThat(sync.data().getBoolean("resumed")).isFalse();
        }
    }

    @Test
    void aSubscriberGetsOnlyTheAccountsAndTypesThatItNames() throws Exception {
        register("main").then().statusCode(201);
        try (EventReader events = new EventReader(EVENTS + "?account=second,other&type=registered,renewed", null)) {
            assertThat(events.next().name()).isEqualTo("sync");

            renew("main");
            register("second").then().statusCode(201);
            renew("second");

            assertThat(events.next().name()).isEqualTo("registered");
            EventReader.Event renewed = events.next();
            assertThat(renewed.name()).isEqualTo("renewed");
            assertThat(renewed.data().getString("account")).isEqualTo("second");
        }
    }

    @Test
    void aSubscriberThatDoesNotReadIsEndedAndTheOthersGetAll() throws Exception {
        double before = metrics().value("listenkey_subscriber_overruns_total");
        try (Socket idle = new Socket();
                EventReader reader = new EventReader(EVENTS + "?type=renewed", null)) {
            idle.setReceiveBufferSize(SMALL);
            idle.setSoTimeout((int) PATIENCE.toMillis());
            idle.connect(new InetSocketAddress("localhost", RestAssured.port));
            idle.getOutputStream()
                    .write(("GET " + EVENTS + "?type=renewed HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                            .getBytes(UTF_8));
            BufferedReader lines = new BufferedReader(new InputStreamReader(idle.getInputStream(), UTF_8));
            assertThat(lines.lines().anyMatch("event:sync"::equals)).isTrue();
            reader.nextNamed("sync");

            long last = 0;
            for (int i = 0; i < MORE_THAN_WAIT; i += READ_TOGETHER) {
                for (int j = 0; j < READ_TOGETHER; j++) {
                    last = feed.publish(Instant.now(), EventType.RENEWED, null).seq();
                }
                while (Long.parseLong(reader.next().id()) < last) {
                    // Reads all that was published.
                }
            }

            assertThat(lines.lines().anyMatch("event:overrun"::equals)).isTrue();
            assertThat(lines.lines().toList())
                    .as("the rest of the event, and the end of the answer")
                    .containsExactly("data:{}", "", "", "0", "");
            assertThat(metrics().value("listenkey_subscriber_overruns_total")).isEqualTo(before + 1);
        }
    }

    @Test
    void theKeyComesAtOnceAndWheneverItIsAnother() throws Exception {
        register("main", "onLoss", "report").then().statusCode(201);
        String first = given().get(LEASES + "/main/key").jsonPath().getString("listenKey");
        try (EventReader keys = new EventReader(LEASES + "/main/key/events", null)) {
            EventReader.Event key = keys.next();
            assertThat(key.name()).isEqualTo("key");
            assertThat(key.data().getString("listenKey")).isEqualTo(first);
            assertThat(key.data().getString("streamUrl")).endsWith(first);
            assertThat(given().queryParam("limit", 1000)
                            .get("/v1/audit")
                            .jsonPath()
                            .getList("items.result"))
                    .contains("stream");

            exchange.closeKey(MAIN_API_KEY);
            renew("main");
            assertThat(keys.next().name()).isEqualTo("lost");

            register("main", "onLoss", "recreate").then().statusCode(200);
            renew("main");
            String second = keys.next().data().getString("listenKey");
            assertThat(second).isNotEqualTo(first);
            assertThat(given().get(LEASES + "/main/key").jsonPath().getString("listenKey"))
                    .isEqualTo(second);
        }
    }

    @Test
    void aCallThatWaitsIsAnsweredByTheChange() {
        register("main").then().statusCode(201);
        JsonPath before = given().get(LEASES + "/main").jsonPath();
        CompletableFuture<JsonPath> lease = waiting("/main?wait=120s&after=" + before.getLong("revision"));
        CompletableFuture<JsonPath> key = waiting("/main/key?wait=120s&after=" + before.getString("fingerprint"));

        String rotated = exchange.rotateKey(MAIN_API_KEY);
        while (!lease.isDone() || !key.isDone()) {
            renew("main");
        }

        assertThat(lease.join().getLong("revision")).isGreaterThan(before.getLong("revision"));
        assertThat(key.join().getString("listenKey")).isEqualTo(rotated);
    }

    @Test
    void aCallThatKnowsLessIsAnsweredAtOnceAndOneThatKnowsAllWhenItsWaitIsOver() {
        register("main").then().statusCode(201);
        long revision = given().get(LEASES + "/main").jsonPath().getLong("revision");

        assertThat(given().get(LEASES + "/main?wait=120s&after=" + (revision - 1))
                        .jsonPath()
                        .getLong("revision"))
                .isEqualTo(revision);
        assertThat(given().get(LEASES + "/main?wait=10ms&after=" + revision)
                        .jsonPath()
                        .getLong("revision"))
                .isEqualTo(revision);
    }

    @Test
    void whoWaitsForALeaseThatEndsLearnsIt() {
        register("main").then().statusCode(201);
        CompletableFuture<Integer> status = CompletableFuture.supplyAsync(() ->
                given().get(LEASES + "/main?wait=120s&after=" + Long.MAX_VALUE).statusCode());
        CompletableFuture<Void> unused = status.thenRun(() -> {});

        given().delete(LEASES + "/main").then().statusCode(204);

        assertThat(status.join()).isEqualTo(404);
        assertThat(unused).isDone();
    }

    private static CompletableFuture<JsonPath> waiting(String target) {
        // Not the client of the other tests, which finds raw keys.
        return CompletableFuture.supplyAsync(
                () -> RestAssured.get(LEASES + target).jsonPath());
    }
}
