package dev.listenkeyd.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.listenkeyd.exchange.StandInResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The OpenAPI document is a file of the sources, so that the daemon need not compute it at each start. */
@QuarkusTest
@WithTestResource(StandInResource.class)
class OpenApiDocumentTest {
    private static final Path FILE = Path.of("src/main/resources/openapi.json");
    private static final Path NEW = Path.of("target/openapi.json");

    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void theFileIsWhatTheAnnotationsSay() throws Exception {
        String generated = ApiClient.given()
                .queryParam("format", "json")
                .get("/q/annotations")
                .asString()
                .strip();
        Files.writeString(NEW, generated + "\n");

        // Members may come in another order.
        assertThat(JSON.readTree(Files.readString(FILE)))
                .as("cp %s %s", NEW, FILE)
                .isEqualTo(JSON.readTree(generated));
    }

    @Test
    void theDaemonServesTheFile() throws Exception {
        Response answer = ApiClient.given().get("/q/openapi");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.contentType()).isEqualTo("application/json;charset=UTF-8");
        assertThat(answer.asString()).isEqualTo(Files.readString(FILE));
        Response head = ApiClient.given().head("/q/openapi");
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.header("Content-Length")).isEqualTo(Long.toString(Files.size(FILE)));
    }
}
