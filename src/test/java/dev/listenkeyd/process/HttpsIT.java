package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.listenkeyd.access.Certificates;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever the daemon listens on, keys are renewed: those of the configuration and those that were registered. */
class HttpsIT {
    private static final Duration TTL = Duration.ofSeconds(10);
    private static final int ROUNDS = 4;
    private static final String CONFIGURED = "main";
    private static final String REGISTERED = "desk-1";
    private static final String REPLACED = "a certificate for HTTPS was replaced";

    @TempDir
    private Path folder;

    private final int port = DaemonProcess.freePort();
    private ProcessFixture bench;
    private Certificates certificates;
    private LocalHttp https;

    @BeforeEach
    void setUp() throws IOException, GeneralSecurityException {
        certificates = new Certificates(folder);
        certificates.make("server");
        certificates.make("renewed");
        use("server");
        https = over(certificates.client("server", ""));
        bench = new ProcessFixture(folder, TTL)
                .set("LEASE_RENEW_EVERY", "1s")
                .set("ACCOUNTS_MAIN_API_KEY", ProcessFixture.apiKey(CONFIGURED))
                .set("ACCOUNTS_MAIN_KEEP", "true")
                .setQuarkus(
                        "TLS_KEY_STORE_PEM_API_CERT",
                        folder.resolve("used/tls.crt").toString())
                .setQuarkus(
                        "TLS_KEY_STORE_PEM_API_KEY",
                        folder.resolve("used/tls.key").toString())
                .setQuarkus("TLS_RELOAD_PERIOD", "1s")
                .setQuarkus("HTTP_SSL_PORT", Integer.toString(port));
    }

    @AfterEach
    void cleanUp() throws InterruptedException {
        bench.close();
    }

    @Test
    void withHttpsAloneKeysAreRenewedAndAReplacedCertificateIsToldOnce() throws Exception {
        DaemonProcess daemon = bench.start();

        assertRenewedAgainAndAgain(daemon);

        assertThat(healthcheck()).isZero();
        assertThat(daemon.said(REPLACED)).isZero();
        use("renewed");
        await("the new certificate is told").atMost(SOON).until(() -> daemon.said(REPLACED) == 1);
        assertThat(daemon.output()).doesNotContain("has been updated");
        assertThat(daemon.terminate()).isZero();
    }

    @Test
    void withPlainHttpBesideItKeysAreRenewed() throws Exception {
        bench.setQuarkus("HTTP_INSECURE_REQUESTS", "enabled");
        DaemonProcess daemon = bench.start().awaitReady();

        assertRenewedAgainAndAgain(daemon);

        assertThat(daemon.leases()).containsOnlyKeys(CONFIGURED, REGISTERED);
        assertThat(daemon.terminate()).isZero();
    }

    @Test
    void withMutualTlsKeysAreRenewedAndTheHealthcheckSaysThatItCanNotAsk() throws Exception {
        certificates.make("client");
        https = over(certificates.client("server", "client"));
        bench.setQuarkus(
                "TLS_TRUST_STORE_PEM_CERTS", certificates.certificate("client").toString());
        assertThat(healthcheck()).as("nothing is there").isOne();
        DaemonProcess daemon = bench.start();

        assertRenewedAgainAndAgain(daemon);

        assertThat(healthcheck()).isEqualTo(4);
        assertThat(daemon.terminate()).isZero();
    }

    private LocalHttp over(HttpClient client) {
        return new LocalHttp(client, URI.create("https://127.0.0.1:" + port));
    }

    private void assertRenewedAgainAndAgain(DaemonProcess daemon) {
        await("it is ready").atMost(SOON).until(() -> daemon.isAlive() && https.status("/q/health/ready") == 200);
        assertThat(https.call("POST", "/v1/listen-keys", ProcessFixture.registration(REGISTERED, "recreate"))
                        .statusCode())
                .isEqualTo(201);

        for (int round = 0; round < ROUNDS; round++) {
            bench.awaitSuccessOfAll(List.of(CONFIGURED, REGISTERED), Instant.now(), SOON);
        }

        for (String account : List.of(CONFIGURED, REGISTERED)) {
            JsonNode lease = LocalHttp.json(https.call("GET", "/v1/listen-keys/" + account, ""));
            assertThat(lease.get("status").asText()).as(daemon.output()).isEqualTo("ACTIVE");
            assertThat(lease.get("generation").asInt()).isOne();
        }
        assertThat(bench.ledger().expired()).isEmpty();
        assertThat(bench.ledger().lives()).hasSize(2);
        assertThat(https.status("/q/health/live")).isEqualTo(200);
        assertThat(https.status("/q/health/well")).isEqualTo(200);
    }

    /** Certificate and key change at once, as a mounted secret of Kubernetes does. */
    private void use(String name) throws IOException {
        Path files = Files.createDirectories(folder.resolve(name));
        Files.copy(certificates.key(name), files.resolve("tls.key"));
        Files.copy(certificates.certificate(name), files.resolve("tls.crt"));
        Path next = Files.createSymbolicLink(folder.resolve("next"), files);
        Files.move(next, folder.resolve("used"), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private int healthcheck() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(DaemonProcess.commandLine(DaemonProcess.quickStart()));
        command.add("healthcheck");
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(bench.environment());
        Process process = builder.start();
        assertThat(process.waitFor(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }
}
