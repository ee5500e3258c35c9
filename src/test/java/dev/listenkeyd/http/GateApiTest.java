package dev.listenkeyd.http;

import static dev.listenkeyd.exchange.StandInResource.MAIN_API_KEY;
import static dev.listenkeyd.http.ApiClient.given;
import static dev.listenkeyd.http.ApiClient.register;
import static dev.listenkeyd.http.ApiClient.renew;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.listenkeyd.exchange.StandInExchange;
import dev.listenkeyd.exchange.StandInResource;
import dev.listenkeyd.sandbox.Reply;
import dev.listenkeyd.store.Store;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(StandInResource.class)
@NullUnmarked
class GateApiTest {
    private static final String PAUSE = "/v1/gate/pause";

    @Inject
    Store store;

    StandInExchange exchange;

    @AfterEach
    void cleanUp() {
        exchange.heal();
        given().delete(PAUSE).then().statusCode(204);
        ApiClient.releaseAll();
        exchange.closeKey(MAIN_API_KEY);
    }

    @Test
    void aPauseIsLiftedByHandAndForTheNextProcessToo() {
        register("main").then().statusCode(201);
        exchange.fail(MAIN_API_KEY, Reply.throttled(Duration.ofMinutes(5)));
        renew("main").then().statusCode(200);
        assertThat(isOpen()).isFalse();
        exchange.heal();

        given().delete(PAUSE).then().statusCode(204);

        assertThat(isOpen()).isTrue();
        await().untilAsserted(() -> assertThat(store.leases().pause().until()).isBeforeOrEqualTo(Instant.now()));
        renew("main").then().statusCode(200);
        assertThat(lastAudited("lift-pause")).containsExactly("lifted");
    }

    @Test
    void withoutAPauseThereIsNothingToLift() {
        given().delete(PAUSE).then().statusCode(204);

        assertThat(isOpen()).isTrue();
        assertThat(lastAudited("lift-pause")).containsExactly("no-pause");
    }

    private static boolean isOpen() {
        return given().get("/v1/status").jsonPath().getBoolean("gate.open");
    }

    private static List<String> lastAudited(String action) {
        long head = given().queryParam("limit", 1).get("/v1/audit").jsonPath().getLong("last");
        return given().queryParam("after", Math.max(0, head - 2))
                .get("/v1/audit")
                .jsonPath()
                .getList("items.findAll { it.action == '" + action + "' }.result", String.class);
    }
}
