package dev.listenkeyd.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.exchange.StandInResource;
import dev.listenkeyd.http.RawCall.Answer;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How answers look to somebody with a shell. */
@QuarkusTest
@WithTestResource(StandInResource.class)
@NullUnmarked
class AnswerFormTest {
    @ParameterizedTest
    @CsvSource({
        "GET, /v1/status, 200",
        "GET, /v1/listen-keys, 200",
        "GET, /v1/listen-keys/nobody, 404",
        "GET, /v1/listen-keys?limit=x, 400",
        "POST, /v1/status, 405",
        "POST, /q/metrics, 405",
        "GET, /nowhere, 404",
        "GET, /mcp/sse, 404",
    })
    void jsonEndsWithANewline(String method, String path, int status) throws IOException {
        Answer answer = get(method, path);

        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("content-type")).contains("json");
        assertThat(answer.body()).endsWith("}\n").doesNotEndWith("\n\n");
        assertThat(answer.header("content-length")).isEqualTo("" + answer.body().length());
    }

    @Test
    void soDoAnswersWithHeadersOfTheirOwn() throws IOException {
        String created = ApiClient.register("main").asString();
        String key = get("GET", "/v1/listen-keys/main/key").body();
        ApiClient.releaseAll();

        assertThat(List.of(created, key))
                .allSatisfy(body -> assertThat(body).endsWith("}\n").doesNotEndWith("\n\n"));
    }

    @Test
    void otherTypesThanJsonAreNotChanged() throws IOException {
        assertThat(get("GET", "/q/metrics").body()).doesNotEndWith("\n\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/metrics", "/health", "/v1", "/q"})
    void aGuessedAddressIsAnsweredWithTheKnownOnes(String path) throws IOException {
        Answer answer = get("GET", path);

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.header("content-type")).isEqualTo("application/problem+json");
        assertThat(JsonPath.from(answer.body()).getString("detail"))
                .startsWith("no such resource")
                .contains("/q/health", "/q/metrics", "/v1/...", "/q/openapi");
    }

    private static Answer get(String method, String path) throws IOException {
        return RawCall.of(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    }
}
