package dev.listenkeyd.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.quarkus.tls.CertificateUpdatedEvent;
import io.quarkus.tls.TlsConfiguration;
import io.quarkus.tls.TlsConfigurationRegistry;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.time.Duration;
import javax.net.ssl.SSLHandshakeException;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTPS that asks callers for a certificate, by the settings of Quarkus. */
@QuarkusTest
@TestProfile(DaemonWithClients.class)
@NullUnmarked
class TlsTest {
    @TestHTTPResource(value = "/v1/status", tls = true)
    URI status;

    @ConfigProperty(name = DaemonWithClients.FOLDER)
    Path folder;

    @Inject
    TlsConfigurationRegistry registry;

    @Inject
    Event<CertificateUpdatedEvent> updated;

    private Certificates certificates;

    @BeforeEach
    void know() {
        certificates = new Certificates(folder);
    }

    @AfterEach
    void putBack() throws IOException {
        use("server");
    }

    @Test
    void aClientWithItsCertificateAndItsTokenIsServed() throws Exception {
        assertThat(get(certificates.client("server", "client"), DaemonWithClients.BOT))
                .isEqualTo(200);
    }

    /** A page of the same name without TLS may have been written by the network. */
    @Test
    void thePageMustHaveComeOverTlsItself() throws Exception {
        HttpClient client = certificates.client("server", "client");
        String host = status.getAuthority();
        HttpRequest.Builder request = HttpRequest.newBuilder(status)
                .timeout(Duration.ofSeconds(20))
                .header("Authorization", "Bearer " + DaemonWithClients.BOT);

        HttpRequest own = request.copy().header("Origin", "https://" + host).build();
        HttpRequest plain = request.copy().header("Origin", "http://" + host).build();

        assertThat(client.send(own, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(200);
        assertThat(client.send(plain, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(403);
    }

    @Test
    void aCertificateIsNoToken() throws Exception {
        assertThat(get(certificates.client("server", "client"), "wrong-token-0123456789"))
                .isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "renewed"})
    void withoutACertificateThatIsTrustedNobodyComesIn(String shown) throws Exception {
        HttpClient client = certificates.client("server", shown);

        assertThatThrownBy(() -> get(client, DaemonWithClients.BOT)).isInstanceOf(IOException.class);
    }

    @Test
    void aReplacedCertificateIsTakenUp() throws Exception {
        use("renewed");

        assertThat(get(certificates.client("renewed", "client"), DaemonWithClients.BOT))
                .isEqualTo(200);
        HttpClient trustsTheOldOne = certificates.client("server", "client");
        assertThatThrownBy(() -> get(trustsTheOldOne, DaemonWithClients.BOT)).isInstanceOf(SSLHandshakeException.class);
        HttpClient withoutCertificate = certificates.client("renewed", "");
        assertThatThrownBy(() -> get(withoutCertificate, DaemonWithClients.BOT)).isInstanceOf(IOException.class);
    }

    /** Replaces the certificate, and reloads as Quarkus does every quarkus.tls.reload-period. */
    private void use(String name) throws IOException {
        Files.copy(certificates.certificate(name), folder.resolve("used.crt"), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(certificates.key(name), folder.resolve("used.key"), StandardCopyOption.REPLACE_EXISTING);
        TlsConfiguration tls = registry.getDefault().orElseThrow();
        assertThat(tls.reload()).isTrue();
        updated.fire(new CertificateUpdatedEvent("<default>", tls));
    }

    private int get(HttpClient client, String token)
            throws IOException, InterruptedException, GeneralSecurityException {
        HttpRequest request = HttpRequest.newBuilder(status)
                .timeout(Duration.ofSeconds(20))
                .header("Authorization", "Bearer " + token)
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
    }
}
