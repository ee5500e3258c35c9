package dev.listenkeyd.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The OpenAPI document is a file of the sources, so that the daemon need not compute it at each start. */
@QuarkusTest
class OpenApiDocumentTest {
    private static final Path FILE = Path.of("src/main/resources/openapi.json");
    private static final Path NEW = Path.of("target/openapi.json");

    @Test
    void theFileIsWhatTheAnnotationsSay() throws Exception {
        String generated = ApiClient.given()
                .queryParam("format", "json")
                .get("/q/annotations")
                .asString()
                .strip();
        Files.writeString(NEW, generated + "\n");

        assertThat(FILE).as("cp %s %s", NEW, FILE).hasSameTextualContentAs(NEW);
    }

    @Test
    void theDaemonServesTheFile() throws Exception {
        Response answer = ApiClient.given().get("/q/openapi");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.contentType()).isEqualTo("application/json;charset=UTF-8");
        assertThat(answer.asString()).isEqualTo(Files.readString(FILE));
    }
}
