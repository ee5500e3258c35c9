package dev.listenkeyd.http;

import static dev.listenkeyd.http.ApiClient.LEASES;
import static dev.listenkeyd.http.ApiClient.given;
import static dev.listenkeyd.http.ApiClient.problem;
import static dev.listenkeyd.http.ApiClient.raw;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.exchange.StandInResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.Response;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hosts and origins: programs of this machine and the page of the daemon are served, other web pages are not. */
@QuarkusTest
@WithTestResource(StandInResource.class)
@NullUnmarked
class WebPagesTest extends ApiTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "localhost.evil.example",
                "127.0.0.1.evil.example:8080",
                "192.0.2.1",
                "evil.example#localhost",
                "[::2]:80",
                "",
                "localhost:80:evil.example",
                "keys.example.evil.example",
            })
    void aForeignHostIsRefused(String host) throws Exception {
        String reply = raw("GET /v1/listen-keys HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");

        assertThat(reply).doesNotStartWith("HTTP/1.1 2").doesNotContain("items");
        assertThat(reply.startsWith("HTTP/1.1 403") || reply.startsWith("HTTP/1.1 400"))
                .as(reply)
                .isTrue();
        if (reply.startsWith("HTTP/1.1 403")) {
            assertThat(reply).contains("application/problem+json", "\"code\":\"forbidden\"");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"localhost", "localhost:8080", "LocalHost", "127.0.0.1:1", "[::1]", "[::1]:8080", "keys.example"
            })
    void aNameOfThisMachineIsServed(String host) throws Exception {
        String reply = raw("GET /v1/listen-keys HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");

        assertThat(reply).startsWith("HTTP/1.1 200");
    }

    /** There the name stands in :authority; Java's own client speaks HTTP/2 unless told otherwise. */
    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void programsAreServedWhateverVersionOfHttpTheySpeak(HttpClient.Version version) throws Exception {
        HttpClient client = HttpClient.newBuilder().version(version).build();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + LEASES))
                .timeout(Duration.ofSeconds(10))
                .build();

        for (int i = 0; i < 2; i++) {
            HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        }
    }

    /** They name accounts: a page that rebinds its own name must not read them. */
    @ParameterizedTest
    @ValueSource(strings = {"/q/metrics", "/q/health", "/q/health/well", "/q/openapi", "/v1/status", "/nothing"})
    void aForeignHostIsRefusedOnEveryRoute(String path) throws Exception {
        String reply = raw("GET " + path + " HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");

        assertThat(reply).startsWith("HTTP/1.1 403").contains("application/problem+json", "LISTENKEYD_API_HOSTS");
        assertThat(raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith(path.equals("/nothing") ? "HTTP/1.1 404" : "HTTP/1.1 200");
    }

    @Test
    void aRequestWithoutAHostIsRefused() throws Exception {
        assertThat(raw("GET /v1/listen-keys HTTP/1.0\r\n\r\n")).doesNotContain("items");
    }

    @ParameterizedTest
    @CsvSource({
        "Origin,https://evil.example",
        "Origin,http://localhost:8080",
        "Origin,null",
        "Sec-Fetch-Site,cross-site",
        "Sec-Fetch-Site,same-site",
    })
    void webPagesAreRefused(String header, String value) {
        problem(given().header(header, value).get(LEASES), 403, "forbidden");
        problem(given().header(header, value).post(LEASES + "/main/renew"), 403, "forbidden");
        problem(given().header(header, value).get("/v1/status"), 403, "forbidden");
        problem(given().header(header, value).delete(LEASES + "/main"), 403, "forbidden");
    }

    /** The scheme may be that of a proxy; each side may leave out the port that it implies. */
    @ParameterizedTest
    @CsvSource({
        "localhost:8080, http://localhost:8080",
        "LOCALHOST:8080, http://localhost:8080",
        "127.0.0.1:8080, http://127.0.0.1:8080",
        "[::1]:8080, http://[::1]:8080",
        "localhost, http://localhost",
        "keys.example, https://keys.example",
        "keys.example:443, https://keys.example",
        "keys.example:8443, https://keys.example:8443",
        "localhost:80, http://localhost",
    })
    void theOwnPageIsServed(String host, String origin) throws Exception {
        assertThat(fromPage("GET /v1/status", host, "Origin: " + origin)).startsWith("HTTP/1.1 200");
        assertThat(fromPage("GET /v1/status", host, "Origin: " + origin + "\r\nSec-Fetch-Site: same-origin"))
                .startsWith("HTTP/1.1 200");
        assertThat(fromPage("POST /v1/listen-keys/none/renew", host, "Origin: " + origin))
                .startsWith("HTTP/1.1 404");
    }

    @ParameterizedTest
    @CsvSource({
        "localhost:8080, Origin: null",
        "localhost:8080, Origin: http://localhost",
        "localhost:8080, Origin: http://localhost:8081",
        "localhost:8080, Origin: https://localhost",
        "localhost:8080, Origin: http://127.0.0.1:8080",
        "localhost:8080, Origin: http://localhost:8080.evil.example",
        "localhost:8080, Origin: http://localhost:8080@evil.example",
        "localhost:8080, Origin: http://evil.example#localhost:8080",
        "localhost:8080, Origin: http://localhost:8080/",
        "localhost:8080, Origin: ftp://localhost:8080",
        "localhost:8080, Origin: //localhost:8080",
        "localhost:8080, Origin: localhost:8080",
        "localhost:8080, Origin:",
        "keys.example, Origin: https://keys.example:8443",
        "keys.example:80, Origin: https://keys.example",
        "'[::1]', 'Origin: http://[::1]:8080'",
        "evil.example:8080, Origin: http://evil.example:8080",
    })
    void noOtherPageIs(String host, String origin) throws Exception {
        assertThat(fromPage("GET /v1/status", host, origin)).startsWith("HTTP/1.1 403");
        assertThat(fromPage("POST /v1/listen-keys/none/renew", host, origin)).startsWith("HTTP/1.1 403");
        assertThat(fromPage("GET /ui/", host, origin)).startsWith("HTTP/1.1 403");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Origin: http://localhost:8080\r\nSec-Fetch-Site: cross-site",
                "Origin: http://localhost:8080\r\nSec-Fetch-Site: same-site",
                "Origin: http://localhost:8080\r\nOrigin: http://evil.example",
                "Origin: http://localhost:8080\r\nOrigin: http://localhost:8080",
            })
    void anOriginThatIsContradictedCountsForNothing(String headers) throws Exception {
        assertThat(fromPage("GET /v1/status", "localhost:8080", headers)).startsWith("HTTP/1.1 403");
    }

    /** A dashboard may link to the page; nothing else can be reached so, and not in a frame. */
    @ParameterizedTest
    @CsvSource({
        "200, /ui/, navigate, document",
        "303, /ui, navigate, document",
        "303, /, navigate, document",
        "403, /ui/, navigate, iframe",
        "403, /ui/, no-cors, script",
        "403, /ui/main.js, navigate, document",
        "403, /v1/status, navigate, document",
        "403, /v1/listen-keys, navigate, document",
        "403, /ui/../v1/status, navigate, document",
    })
    void aLinkOfAnotherSiteLeadsToThePageOnly(int status, String path, String mode, String destination)
            throws Exception {
        String headers = "Accept: text/html\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: " + mode
                + "\r\nSec-Fetch-Dest: " + destination;

        assertThat(fromPage("GET " + path, "localhost:8080", headers)).startsWith("HTTP/1.1 " + status);
        assertThat(fromPage("POST " + path, "localhost:8080", headers)).startsWith("HTTP/1.1 403");
    }

    private static String fromPage(String call, String host, String headers) throws Exception {
        return raw(call + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + headers + "\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "same-origin"})
    void aPersonAtTheAddressBarIsServed(String site) {
        given().header("Sec-Fetch-Site", site).get(LEASES).then().statusCode(200);
    }

    @Test
    void noPageMayReadAnAnswer() {
        Response preflight = given().header("Origin", "https://evil.example")
                .header("Access-Control-Request-Method", "POST")
                .options(LEASES);

        assertThat(preflight.headers().asList())
                .noneMatch(header -> header.getName().startsWith("Access-Control-Allow"));
    }
}
