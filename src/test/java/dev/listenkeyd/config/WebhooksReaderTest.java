package dev.listenkeyd.config;

import static dev.listenkeyd.config.SettingsReaderTest.read;
import static dev.listenkeyd.config.SettingsReaderTest.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.notify.Webhook;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebhooksReaderTest {
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final String PAGER = "LISTENKEYD_WEBHOOKS_PAGER";

    @TempDir
    private Path folder;

    @Test
    void byDefaultThereAreNone() {
        assertThat(read(Map.of()).webhooks()).isEmpty();
    }

    @Test
    void aWebhookHasDefaultsForAllButAddressAndSecret() {
        Webhook pager = only(Map.of(PAGER + "_URL", "https://example.com/hook?token=x", PAGER + "_SECRET", SECRET));

        assertThat(pager.name()).isEqualTo("pager");
        assertThat(pager.url()).isEqualTo(URI.create("https://example.com/hook?token=x"));
        assertThat(pager.types())
                .containsExactlyInAnyOrder(
                        EventType.KEY,
                        EventType.LOST,
                        EventType.RECOVERED,
                        EventType.AT_RISK,
                        EventType.FAILING,
                        EventType.GATE_CLOSED,
                        EventType.EXCHANGE_UNREACHABLE);
        assertThat(pager.accounts()).isEmpty();
        assertThat(pager.key().sign("id", 1, new byte[0])).startsWith("v1,");
    }

    @Test
    void allOfItCanBeSet() throws IOException {
        Path file = Files.writeString(folder.resolve("secret"), SECRET + "\n");

        Webhook pager = only(Map.of(
                PAGER + "_URL", "http://user:pass@[::1]:9/",
                PAGER + "_SECRET_FILE", file.toString(),
                PAGER + "_TYPES", "lost, at-risk,store-failing",
                PAGER + "_ACCOUNTS", "main, desk-2"));

        assertThat(pager.types()).containsExactlyInAnyOrder(EventType.LOST, EventType.AT_RISK, EventType.STORE_FAILING);
        assertThat(pager.accounts()).containsExactlyInAnyOrder("main", "desk-2");
    }

    @Test
    void aWebhookCanBeProperties() {
        List<Webhook> webhooks = read(
                        Map.of(),
                        Map.of(
                                "listenkeyd.webhooks.my-pager.url",
                                "http://localhost:9/",
                                "listenkeyd.webhooks.my-pager.secret",
                                SECRET))
                .webhooks();

        assertThat(webhooks).extracting(Webhook::name).containsExactly("my-pager");
    }

    @ParameterizedTest
    @CsvSource({
        "ftp://example.com/, not an address such as https://example.com/hook",
        "'', not an address such as https://example.com/hook",
        "https:hook, not an address such as https://example.com/hook",
        "https://ex ample.com/, not an address such as https://example.com/hook",
        "https://example.com:0/, 'must have a port from 1 to 65535, or none'",
        "http://example.com/hunter2, 'events travel by https only, unless the host is this machine (localhost, 127.0.0.1 or"
                + " [::1])'",
        "http://127.0.0.1.example.com/, 'events travel by https only, unless the host is this machine (localhost,"
                + " 127.0.0.1 or [::1])'"
    })
    void anAddressThatIsNoneIsRefusedAndNotRepeated(String url, String why) {
        String refusal = refusal(Map.of(PAGER + "_URL", url, PAGER + "_SECRET", SECRET));

        assertThat(refusal).contains(PAGER + "_URL: " + why).doesNotContain("hunter2");
    }

    @Test
    void everythingThatIsWrongIsToldAtOnce() {
        String refusal = refusal(Map.of(
                PAGER + "_URL",
                "http://example.com/",
                PAGER + "_SECRET",
                "hunter2hunter2",
                PAGER + "_TYPES",
                "lost,loste",
                PAGER + "_ACCOUNTS",
                "Main!",
                "LISTENKEYD_WEBHOOKS_CHAT_URL",
                "https://example.com/",
                "LISTENKEYD_WEBHOOKS_CHAT_SECRETS",
                "x"));

        assertThat(refusal)
                .contains(PAGER + "_URL: events travel by https only")
                .contains(PAGER + "_SECRET: must be whsec_ and the base64 of 24 to 64 bytes")
                .contains(PAGER + "_TYPES: must be a list of registered, key, failing,")
                .contains(PAGER + "_ACCOUNTS: must be a list of accounts")
                .contains("LISTENKEYD_WEBHOOKS_CHAT: exactly one of _SECRET and _SECRET_FILE must be set")
                .contains("LISTENKEYD_WEBHOOKS_CHAT_SECRETS: is no setting of a webhook")
                .doesNotContain("hunter2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nowhere/hunter2", "whsec_hunter2"})
    void aSecretInPlaceOfItsFileIsNotRepeated(String file) {
        String refusal = refusal(Map.of(PAGER + "_URL", "https://example.com/", PAGER + "_SECRET_FILE", file));

        assertThat(refusal).contains(PAGER + "_SECRET_FILE").doesNotContain("hunter2");
    }

    @Test
    void thereMayBeMany() {
        assertThat(read(webhooks(WebhooksReader.MOST)).webhooks()).hasSize(WebhooksReader.MOST);

        assertThat(refusal(webhooks(WebhooksReader.MOST + 1))).contains("at most 32 webhooks; these are 33");
    }

    private static Map<String, String> webhooks(int count) {
        Map<String, String> settings = new HashMap<>();
        for (int i = 0; i < count; i++) {
            settings.put("LISTENKEYD_WEBHOOKS_W" + i + "_URL", "https://example.com/" + i);
            settings.put("LISTENKEYD_WEBHOOKS_W" + i + "_SECRET", SECRET);
        }
        return settings;
    }

    private static Webhook only(Map<String, String> environment) {
        List<Webhook> webhooks = read(environment).webhooks();
        assertThat(webhooks).hasSize(1);
        return webhooks.get(0);
    }
}
