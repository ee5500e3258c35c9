package dev.listenkeyd.http;

import static dev.listenkeyd.http.ApiClient.LEASES;
import static dev.listenkeyd.http.ApiClient.given;
import static dev.listenkeyd.http.ApiClient.post;
import static dev.listenkeyd.http.ApiClient.problem;
import static dev.listenkeyd.http.ApiClient.raw;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.exchange.StandInResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.util.Locale;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies of a registration that are refused, and with which reason. */
@QuarkusTest
@WithTestResource(StandInResource.class)
@NullUnmarked
class RegistrationBodyTest extends ApiTest {
    private static final int MAX_BODY = 16 * 1024;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``                                                  | JSON",
                "`null`                                              | must be a JSON object",
                "`[]`                                                | must be a JSON object",
                "`\"main\"`                                          | must be a JSON object",
                "`{\"account\":\"main\"`                             | not valid JSON at line 1",
                "`{\"account\":\"main\"} {}`                         | not valid JSON",
                "`{\"account\":\"main\",}`                           | not valid JSON",
                "`{'account':'main'}`                                | not valid JSON",
                "`{\"account\":\"main\",\"account\":\"second\"}`     | not valid JSON",
                "`{}`                                                | account: is missing",
                "`{\"account\":null}`                                | account: is missing",
                "`{\"account\":7}`                                   | account: must be a string",
                "`{\"account\":[\"main\"]}`                          | account: must be a string",
                "`{\"account\":\"\"}`                                | account: must match",
                "`{\"account\":\"Main\"}`                            | account: must match",
                "`{\"account\":\"main\\n\"}`                         | account: must match",
                "`{\"account\":\"../main\"}`                         | account: must match",
                "`{\"account\":\"main\",\"holder\":\"a b\"}`         | holder: must match",
                "`{\"account\":\"main\",\"holder\":\"a,b\"}`         | holder: must match",
                "`{\"account\":\"main\",\"holder\":\"Config\"}`      | holder: config, default and listenkeyd are reserved",
                "`{\"account\":\"main\",\"holder\":\"listenkeyd\"}`  | holder: config, default and listenkeyd are reserved",
                "`{\"account\":\"main\",\"holder\":{}}`              | holder: must be a string",
                "`{\"account\":\"main\",\"onLoss\":\"RECREATE\"}`    | onLoss: must be recreate or report",
                "`{\"account\":\"main\",\"onLoss\":true}`            | onLoss: must be a string",
                "`{\"account\":\"fresh\",\"apiKey\":12}`             | apiKey: must be a string",
                "`{\"account\":\"fresh\",\"apiKey\":\"\"}`           | apiKey: must be 1 to 256 printable",
                "`{\"account\":\"main\",\"listenKey\":\"a b\"}`      | listenKey: must be 1 to 256 printable",
                "`{\"account\":\"main\",\"listenkey\":\"x\"}`        | unknown member",
            })
    void aWrongBodyIsRefusedWithItsReason(String body, String reason) {
        JsonPath problem = problem(post(body), 400, "invalid-request");

        assertThat(problem.getString("detail")).contains(reason);
        assertNothingKept();
    }

    /** The client's filter finds every value that is repeated. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"account\":\"fresh\",\"apiKey\":\"%s with spaces\"}",
                "{\"account\":\"fresh\",\"apiKey\":%s}",
                "{\"account\":\"fresh\",\"apiKey\":\"%s",
                "{\"account\":\"%s\"}",
                "{\"account\":\"fresh\",\"onLoss\":\"%s\"}",
                "{\"account\":\"fresh\",\"holder\":\"%s \"}",
                "{\"%s%1$s%1$s%1$s\":\"fresh\"}",
                "%s",
            })
    void refusalsRepeatNoSecret(String body) {
        problem(post(String.format(Locale.ROOT, body, OWN)), 400, "invalid-request");
    }

    @Test
    void allThatIsWrongIsSaidAtOnce() {
        JsonPath problem = problem(
                post("{\"account\":\"Main\",\"holder\":\"a b\",\"onLoss\":\"no\",\"more\":1}"), 400, "invalid-request");

        assertThat(problem.getString("detail")).contains("account:", "holder:", "onLoss:", "unknown member");
    }

    @Test
    void deeplyNestedAndBrokenBytesAreRefused() {
        problem(post("[".repeat(2000)), 400, "invalid-request");
        Response broken = given().contentType("application/json")
                .body(new byte[] {'{', '"', (byte) 0xff, (byte) 0xc0, '"', ':', '1', '}'})
                .post(LEASES);
        problem(broken, 400, "invalid-request");
    }

    @Test
    void theLargestBodyIsTakenAndOneByteMoreIsNot() {
        String body = "{\"account\":\"main\"}";

        problem(post(body + " ".repeat(MAX_BODY - body.length() + 1)), 413, "too-large");
        assertNothingKept();

        post(body + " ".repeat(MAX_BODY - body.length())).then().statusCode(201);
    }

    @Test
    void aLargeBodyWithoutALengthIsRefusedToo() throws Exception {
        String body = "{\"account\":\"main\"}" + " ".repeat(MAX_BODY);

        String reply = raw("POST /v1/listen-keys HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                + Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n");

        assertThat(reply).startsWith("HTTP/1.1 413").contains("application/problem+json", "\"code\":\"too-large\"");
        assertNothingKept();
    }

    /** Far beyond our limit the server refuses by itself, without our words. */
    @Test
    void aHugeBodyIsRefusedBeforeItIsRead() throws Exception {
        String reply = raw("POST /v1/listen-keys HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + "Content-Type: application/json\r\nContent-Length: 3000000\r\n\r\n{");

        assertThat(reply).startsWith("HTTP/1.1 413");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"
            })
    void onlyJsonIsRead(String contentType) throws Exception {
        String body = "{\"account\":\"main\"}";

        String reply = raw("POST /v1/listen-keys HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: "
                + contentType + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);

        assertThat(reply).startsWith("HTTP/1.1 415").contains("application/problem+json", "invalid-request");
        assertNothingKept();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/listen-keys", "/v1/listen-keys/main/renew"})
    void aBodyWithoutATypeIsNotRead(String path) throws Exception {
        String body = "{\"account\":\"main\"}";

        String reply = raw("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body);

        assertThat(reply).startsWith("HTTP/1.1 415").contains("application/problem+json", "invalid-request");
        assertNothingKept();
    }

    @Test
    void jsonWithACharsetIsJson() {
        given().contentType("application/json; charset=utf-8")
                .body("{\"account\":\"main\"}")
                .post(LEASES)
                .then()
                .statusCode(201);
    }
}
