package dev.listenkeyd.app;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import dev.listenkeyd.cli.Usage;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import org.eclipse.microprofile.config.Config;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The answers and exit codes of the command line. */
class MainTest {
    private final WireMockServer daemon =
            new WireMockServer(wireMockConfig().dynamicPort().dynamicHttpsPort());
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final ByteArrayOutputStream complained = new ByteArrayOutputStream();

    @BeforeEach
    void start() {
        daemon.start();
    }

    @AfterEach
    void stop() {
        daemon.stop();
    }

    @ParameterizedTest
    @CsvSource({"200, 0", "204, 0", "302, 1", "404, 1", "503, 1"})
    void aHealthcheckExitsByWhatTheDaemonAnswers(int status, int exitCode) {
        daemon.stubFor(get(urlEqualTo(Healthcheck.READY))
                .willReturn(aResponse().withStatus(status).withHeader("Location", "/elsewhere")));
        daemon.stubFor(get(urlEqualTo("/elsewhere")).willReturn(aResponse().withStatus(200)));
        String url = "http://127.0.0.1:" + daemon.port() + Healthcheck.READY;

        assertThat(answer("healthcheck", url)).isEqualTo(exitCode);
        assertThat(said).hasToString(url + ": HTTP " + status + System.lineSeparator());
    }

    /** The certificate names the host that callers use. */
    @Test
    void onThisMachineAnyCertificateWillDo() {
        daemon.stubFor(get(urlEqualTo(Healthcheck.READY)).willReturn(aResponse()));

        assertThat(answer("healthcheck", "https://127.0.0.1:" + daemon.httpsPort() + Healthcheck.READY))
                .isZero();
    }

    @Test
    void anUnreachableDaemonIsAFailure() {
        int port = daemon.port();
        daemon.stop();

        assertThat(answer("healthcheck", "http://127.0.0.1:" + port)).isOne();
        assertThat(said).asString().contains("Connection refused");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "here", "file:///etc/hostname", "http://", "http://127.0.0.1:99999", "http://[::1"})
    void aWrongAddressIsAFailure(String url) {
        assertThat(answer("healthcheck", url)).isOne();
        assertThat(said.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
    }

    @Test
    void withoutUrlTheDaemonOfTheseVariablesIsAsked() {
        assertThat(address(Map.of())).isEqualTo("http://127.0.0.1:8080/q/health/ready");
        assertThat(address(Map.of("QUARKUS_HTTP_PORT", "9000"))).isEqualTo("http://127.0.0.1:9000/q/health/ready");
        assertThat(address(Map.of("QUARKUS_HTTP_HOST", "0.0.0.0"))).isEqualTo("http://127.0.0.1:8080/q/health/ready");
        assertThat(address(Map.of("QUARKUS_HTTP_HOST", "::"))).isEqualTo("http://127.0.0.1:8080/q/health/ready");
        assertThat(address(Map.of("QUARKUS_HTTP_HOST", "::1"))).isEqualTo("http://[::1]:8080/q/health/ready");
        assertThat(address(Map.of("QUARKUS_HTTP_HOST", "my host"))).startsWith("http://my_host:8080");
        assertThat(address(Map.of("QUARKUS_HTTP_HOST", "127.0.0.9"))).startsWith("http://127.0.0.9:");
        assertThat(address(Map.of("QUARKUS_TLS_KEY_STORE_PEM_API_CERT", "tls.crt")))
                .isEqualTo("https://127.0.0.1:8443/q/health/ready");
        assertThat(address(Map.of(
                        "QUARKUS_TLS_KEY_STORE_PEM_API_CERT", "tls.crt", "QUARKUS_HTTP_INSECURE_REQUESTS", "enabled")))
                .isEqualTo("http://127.0.0.1:8080/q/health/ready");
    }

    /** The daemon reads them from application.properties, which this command does not read. */
    @Test
    void theDefaultsAreThoseOfTheDaemon() throws IOException {
        Properties shipped = new Properties();
        try (InputStream file = Objects.requireNonNull(getClass().getResourceAsStream("/application.properties"))) {
            shipped.load(file);
        }

        assertThat(Healthcheck.DEFAULTS)
                .allSatisfy((name, value) -> assertThat(shipped).containsEntry(name, value));
    }

    @Test
    void theVersionIsThatOfTheBuild() {
        assertThat(answer("--version")).isZero();
        assertThat(said).asString().matches("listenkeyd \\d+\\.\\d+\\.\\d+\\S*\\R");
    }

    @Test
    void helpIsPrinted() {
        assertThat(answer("--help")).isZero();
        assertThat(said).hasToString(Usage.TEXT);
    }

    @ParameterizedTest
    @CsvSource({
        "start, unknown command: start; there are",
        "--version now, too many arguments for --version",
        "healthcheck http://127.0.0.1:1 twice, too many arguments for healthcheck",
        "list main, too many arguments for list",
    })
    void wrongArgumentsAreAnsweredWithOneSentence(String arguments, String wrong) {
        assertThat(answer(arguments.split(" ", -1))).isEqualTo(2);
        assertThat(complained).asString().startsWith("listenkeyd: " + wrong).hasLineCount(1);
        assertThat(said).asString().isEmpty();
    }

    private int answer(String... arguments) {
        return Main.answer(
                        List.of(arguments),
                        new PrintStream(said, true, StandardCharsets.UTF_8),
                        new PrintStream(complained, true, StandardCharsets.UTF_8))
                .number();
    }

    private static String address(Map<String, String> variables) {
        Config config = new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .withSources(new EnvConfigSource(variables, 300))
                .withDefaultValues(Healthcheck.DEFAULTS)
                .build();
        return Healthcheck.addressOf(config);
    }
}
