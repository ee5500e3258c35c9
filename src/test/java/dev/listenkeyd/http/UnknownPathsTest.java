package dev.listenkeyd.http;

import static dev.listenkeyd.http.ApiClient.LEASES;
import static dev.listenkeyd.http.ApiClient.given;
import static dev.listenkeyd.http.ApiClient.problem;

import dev.listenkeyd.exchange.StandInResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Paths, methods and media types that the API does not have. */
@QuarkusTest
@WithTestResource(StandInResource.class)
@NullUnmarked
class UnknownPathsTest extends ApiTest {
    @ParameterizedTest
    @CsvSource({
        "GET,/v1/listen-keys/none",
        "GET,/v1/listen-keys/none/key",
        "POST,/v1/listen-keys/none/renew",
        "DELETE,/v1/listen-keys/none",
        "GET,/v1/listen-keys/%00%0a",
        "GET,/v1/listen-keys/main/secrets",
        "GET,/v1/none",
        "GET,/none",
        "POST,/sandbox/faults",
        "POST,/sandbox/eapi/v1/listenKey",
    })
    void anUnknownPathIsNotFound(String method, String path) {
        Response response = given().urlEncodingEnabled(false)
                .contentType("application/json")
                .body("POST".equals(method) ? "{}" : "")
                .request(method, path);

        problem(response, 404, "not-found");
    }

    @Test
    void otherMethodsAndMediaTypesAreRefused() {
        problem(given().put(LEASES), 405, "invalid-request");
        problem(given().patch(LEASES + "/main"), 405, "invalid-request");
        problem(given().accept("text/html").get(LEASES), 406, "invalid-request");
    }
}
