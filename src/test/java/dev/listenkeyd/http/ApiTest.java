package dev.listenkeyd.http;

import static dev.listenkeyd.exchange.StandInResource.API_KEY_MARK;
import static dev.listenkeyd.exchange.StandInResource.MAIN_API_KEY;
import static dev.listenkeyd.exchange.StandInResource.SECOND_API_KEY;
import static dev.listenkeyd.http.ApiClient.LEASES;
import static dev.listenkeyd.http.ApiClient.given;
import static dev.listenkeyd.http.ApiClient.items;
import static dev.listenkeyd.http.ApiClient.key;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.exchange.StandInExchange;
import dev.listenkeyd.lease.Secret;
import io.restassured.path.json.JsonPath;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;

/** Calls of the HTTP API against a stand-in for the exchange, with helpers for its leases. */
@NullUnmarked
abstract class ApiTest {
    static final String OWN = API_KEY_MARK + "own";
    static final String NEWER = API_KEY_MARK + "newer";

    StandInExchange exchange;

    @AfterEach
    void cleanUp() {
        exchange.heal();
        ApiClient.releaseAll();
        List.of(MAIN_API_KEY, SECOND_API_KEY, OWN, NEWER).forEach(exchange::closeKey);
    }

    static void assertNothingKept() {
        assertThat(items()).isEmpty();
    }

    static List<String> listed(String status) {
        return given().queryParam("status", status).get(LEASES).jsonPath().getList("items.account");
    }

    static String fingerprint(String key) {
        return new Secret(key).fingerprint();
    }

    static Instant instant(JsonPath json, String path) {
        String text = json.getString(path);
        assertThat(text).as(path).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{3})?Z");
        return Instant.parse(text);
    }
}
