package dev.listenkeyd.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.config.SettingsReaderTest;
import dev.listenkeyd.telemetry.LogRecording;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The first lines of the log are true. */
class StartupBannerTest {
    @Test
    void theSandboxSaysHowLongItsLeasesLive() {
        assertThat(greeting(Map.of(
                        "LISTENKEYD_SANDBOX", "true",
                        "LISTENKEYD_LEASE_TTL", "2m",
                        "LISTENKEYD_LEASE_RENEW_EVERY", "50s",
                        "QUARKUS_HTTP_PORT", "9000")))
                .contains(
                        "leases of 120 s",
                        "every 40 to 50 s",
                        "\"for\":\"68s\"",
                        "http://127.0.0.1:9000/sandbox/faults");
    }

    @Test
    void plainHttpBesideHttpsGetsAdviceToTurnItOff() {
        Map<String, String> both = Map.of(
                "QUARKUS_HTTP_HOST", "192.0.2.1",
                "QUARKUS_TLS_KEY_STORE_PEM_API_CERT", "c.pem",
                "QUARKUS_HTTP_INSECURE_REQUESTS", "enabled",
                "LISTENKEYD_CLIENTS_BOT_TOKEN", "bot-token-0123456789");

        assertThat(greeting(both))
                .contains("travel in the clear", "unset QUARKUS_HTTP_INSECURE_REQUESTS")
                .doesNotContain("KEY_STORE");
    }

    @Test
    void plainHttpToOthersGetsAdviceToServeHttps() {
        Map<String, String> plain =
                Map.of("QUARKUS_HTTP_HOST", "192.0.2.1", "LISTENKEYD_CLIENTS_BOT_TOKEN", "bot-token-0123456789");

        assertThat(greeting(plain)).contains("travel in the clear", "set QUARKUS_TLS_KEY_STORE_PEM_API_CERT");
    }

    @Test
    void aReplicaNamesTheSharedStoreAndItself() {
        Map<String, String> shared = Map.of(
                "LISTENKEYD_STORE_URL", "jdbc:postgresql://db.example.com/keys?sslmode=verify-full",
                "LISTENKEYD_REPLICA", "replica-1",
                "LISTENKEYD_SECRETS_KEY", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");

        assertThat(greeting(shared)).contains("store postgresql://db.example.com/keys as replica replica-1");
    }

    private static String greeting(Map<String, String> variables) {
        LogRecording log = new LogRecording("listenkeyd");
        try {
            StartupBanner.greet(SettingsReaderTest.read(variables), 1);
        } finally {
            log.close();
        }
        return String.join("\n", log.lines);
    }
}
