package dev.listenkeyd.ui;

import static dev.listenkeyd.http.ApiClient.raw;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.exchange.StandInResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the files of the page are served. */
@QuarkusTest
@WithTestResource(StandInResource.class)
@NullUnmarked
class PageRoutesTest {
    private static final String BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    @ParameterizedTest
    @CsvSource({
        "/ui/, text/html; charset=utf-8",
        "/ui/index.html, text/html; charset=utf-8",
        "/ui/main.js, text/javascript; charset=utf-8",
        "/ui/style.css, text/css; charset=utf-8",
        "/ui/icon.svg, image/svg+xml",
        "/ui/none, application/problem+json",
    })
    void everyAnswerIsGuarded(String path, String type) {
        Response answer = call().get(path);

        assertThat(answer.header("Content-Type")).isEqualTo(type);
        assertThat(answer.header("Content-Security-Policy"))
                .contains("default-src 'self';", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'")
                .contains("require-trusted-types-for 'script'")
                .doesNotContain("unsafe", "http", "*", "data:");
        assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(answer.header("X-Frame-Options")).isEqualTo("DENY");
        assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-cache");
        assertThat(answer.header("Set-Cookie")).isNull();
    }

    @Test
    void aHeadHasNoBodyAndAKnownFileIsNotSentAgain() {
        Response whole = call().get("/ui/main.js");
        Response head = call().head("/ui/main.js");
        Response again = call().header("If-None-Match", whole.header("ETag")).get("/ui/main.js");

        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.header("Content-Length")).isEqualTo(whole.header("Content-Length"));
        assertThat(head.asByteArray()).isEmpty();
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.asByteArray()).isEmpty();
        assertThat(call().header("If-None-Match", "\"other\"")
                        .get("/ui/main.js")
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/ui/none.js",
                "/ui/../application.properties",
                "/ui/..%2fapplication.properties",
                "/ui/%2e%2e/application.properties",
                "/ui/..%5capplication.properties",
                "/ui/main.js/",
                "/ui/%00",
                "/ui/db/migration/V1__leases_and_audit.sql",
                "/index.html",
                "/main.js",
            })
    void nothingElseIsServed(String path) throws Exception {
        String reply = raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        assertThat(reply)
                .matches("(?s)HTTP/1\\.1 40[04].*")
                .doesNotContain("listenkeyd.lease", "import ", "CREATE TABLE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS"})
    void itIsOnlyRead(String method) {
        Response answer = call().request(method, "/ui/");

        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.header("Allow")).isEqualTo("GET, HEAD");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/    | " + BROWSER,
                "/    | text/html",
                "/    | application/json, TEXT/HTML;q=0.5",
                "/ui  | */*",
            })
    void browsersAreLedToThePage(String path, String accept) {
        Response answer = call().accept(accept).get(path);

        assertThat(answer.statusCode()).isEqualTo(303);
        assertThat(answer.header("Location")).isEqualTo("/ui/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*/*", "application/json", "text/html;q=0", "text/html; q=0.0 ", "text/htmlx", "text/*"})
    void programsAreNot(String accept) {
        assertThat(call().header("Accept", accept).get("/").statusCode()).isEqualTo(404);
    }

    private static RequestSpecification call() {
        return given().redirects().follow(false).urlEncodingEnabled(false);
    }
}
