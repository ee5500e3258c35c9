package dev.listenkeyd.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.exchange.StandInExchange;
import dev.listenkeyd.exchange.StandInResource;
import dev.listenkeyd.http.ApiClient;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.registration.RegistrationRequest;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A holder is released only by the client that registered it, for as long as that client is configured. */
@QuarkusTest
@TestProfile(DaemonWithClients.class)
@NullUnmarked
class HolderOwnershipTest {
    private static final String LEASE = "/v1/listen-keys/main";

    @Inject
    Leases leases;

    StandInExchange exchange;

    @AfterEach
    void cleanUp() {
        as(DaemonWithClients.token(Scope.WRITE)).delete(LEASE + "?holder=desk-1");
        as(DaemonWithClients.token(Scope.WRITE)).delete(LEASE + "?holder=desk-2");
        exchange.closeKey(StandInResource.MAIN_API_KEY);
    }

    @Test
    void aHolderOfAnotherClientIsNotReleased() {
        as(DaemonWithClients.token(Scope.WRITE))
                .contentType("application/json")
                .body(Map.of("account", "main", "holder", "desk-1"))
                .post("/v1/listen-keys")
                .then()
                .statusCode(201);

        Response refused = as(DaemonWithClients.BOT).delete(LEASE + "?holder=desk-1");

        assertThat(ApiClient.problem(refused, 403, "forbidden").getString("detail"))
                .isEqualTo("holder: was registered by another client");
        assertThat(holders()).isEqualTo(List.of("desk-1"));
        as(DaemonWithClients.token(Scope.WRITE))
                .delete(LEASE + "?holder=desk-1")
                .then()
                .statusCode(204);
    }

    @Test
    void aHolderOfAClientThatIsNotConfiguredAnyMoreIsReleasedByAnyClient() {
        leases.register(new RegistrationRequest("main", null, false, null, null, "desk-2", "gone"))
                .toCompletableFuture()
                .join();
        assertThat(holders()).isEqualTo(List.of("desk-2"));

        as(DaemonWithClients.BOT).delete(LEASE + "?holder=desk-2").then().statusCode(204);
    }

    private static List<String> holders() {
        return as(DaemonWithClients.token(Scope.READ)).get(LEASE).jsonPath().getList("holders");
    }

    private static RequestSpecification as(String token) {
        return ApiClient.given().header("Authorization", "Bearer " + token);
    }
}
