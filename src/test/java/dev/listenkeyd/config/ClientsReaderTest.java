package dev.listenkeyd.config;

import static dev.listenkeyd.config.SettingsReaderTest.read;
import static dev.listenkeyd.config.SettingsReaderTest.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.access.Client;
import dev.listenkeyd.access.Tokens;
import dev.listenkeyd.files.TrustedFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The settings of clients, of the API's address and of HTTPS. */
class ClientsReaderTest {
    private static final String SECRET = "0123456789abcdef";
    private static final String TOKEN = "bot-" + SECRET;
    private static final String OTHER = "other-" + SECRET;
    private static final String BOT = "LISTENKEYD_CLIENTS_BOT_TOKEN";

    @TempDir
    private Path folder;

    @Test
    void byDefaultThereAreNoClients() {
        assertThat(read(Map.of()).clients()).isEmpty();
    }

    @Test
    void clientsCanBeVariables() throws IOException {
        Path file = TrustedFile.write(folder.resolve("tokens"), OTHER + "\n");

        List<Client> clients = read(Map.of(
                        BOT,
                        TOKEN + ",next-" + SECRET,
                        "LISTENKEYD_CLIENTS_MY_DESK_TOKEN_FILE",
                        file.toString(),
                        "LISTENKEYD_CLIENTS_MY_DESK_SCOPES",
                        " read, reveal ,approve"))
                .clients();

        assertThat(clients).extracting(Client::name).containsExactly("bot", "my_desk");
        Client bot = clients.get(0);
        assertThat(bot.scopes()).containsExactlyInAnyOrder("read", "write");
        assertThat(bot.file()).isNull();
        assertThat(bot.tokens().sharesWith(Tokens.ofList(TOKEN))).isTrue();
        assertThat(bot.tokens().sharesWith(Tokens.ofList("next-" + SECRET))).isTrue();
        Client desk = clients.get(1);
        assertThat(desk.scopes()).containsExactlyInAnyOrder("read", "reveal", "approve");
        assertThat(desk.file()).isEqualTo(file);
        assertThat(desk.tokens().sharesWith(Tokens.ofList(OTHER))).isTrue();
    }

    @Test
    void clientsCanBeProperties() throws IOException {
        Path file = TrustedFile.write(folder.resolve("tokens"), OTHER);

        List<Client> clients = read(
                        Map.of(),
                        Map.of(
                                "listenkeyd.clients.my-desk.token",
                                TOKEN,
                                "listenkeyd.clients.my-desk.scopes",
                                "reveal",
                                "listenkeyd.clients.\"other\".token-file",
                                file.toString()))
                .clients();

        assertThat(clients).extracting(Client::name).containsExactly("my-desk", "other");
        assertThat(clients.get(0).scopes()).containsExactly("reveal");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bot", "my-bot", "my_bot"})
    void aVariableStandsAboveTheProperty(String name) {
        String property = "listenkeyd.clients." + name + ".token";
        List<Client> clients = read(Map.of(Values.variable(property), TOKEN), Map.of(property, OTHER))
                .clients();

        assertThat(clients).singleElement().satisfies(bot -> {
            assertThat(bot.name()).isEqualTo(name);
            assertThat(bot.tokens().sharesWith(Tokens.ofList(TOKEN))).isTrue();
            assertThat(bot.tokens().sharesWith(Tokens.ofList(OTHER))).isFalse();
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"TOKEN", "FILE", "TOKEN_FILE", "SCOPES"})
    void clientsMayBeNamedLikeTheirMembers(String name) {
        assertThat(read(Map.of("LISTENKEYD_CLIENTS_" + name + "_TOKEN", TOKEN)).clients())
                .extracting(Client::name)
                .containsExactly(name.toLowerCase(Locale.ROOT));
    }

    @Test
    void allViolationsOfClientsAreReportedWithoutTokens() throws IOException {
        Path empty = TrustedFile.write(folder.resolve("empty"), "\n");
        Path shared = TrustedFile.write(folder.resolve("shared"), "another-" + SECRET + "\n" + TOKEN);

        Path missing = folder.resolve("missing");

        String said = refusal(Map.ofEntries(
                Map.entry("LISTENKEYD_CLIENTS_A_TOKEN", TOKEN),
                Map.entry("LISTENKEYD_CLIENTS_B_TOKEN_FILE", shared.toString()),
                Map.entry("LISTENKEYD_CLIENTS_C_TOKEN", "0123456789abcde"),
                Map.entry("LISTENKEYD_CLIENTS_D_TOKEN", SECRET.repeat(33)),
                Map.entry("LISTENKEYD_CLIENTS_E_TOKEN", SECRET + "\u00e4"),
                Map.entry("LISTENKEYD_CLIENTS_F_TOKEN", ""),
                Map.entry("LISTENKEYD_CLIENTS_G_TOKEN", "${" + SECRET + "}"),
                Map.entry("LISTENKEYD_CLIENTS_H_TOKEN_FILE", empty.toString()),
                Map.entry("LISTENKEYD_CLIENTS_I_TOKEN_FILE", "token-" + SECRET),
                Map.entry("LISTENKEYD_CLIENTS_P_TOKEN_FILE", missing.toString()),
                Map.entry("LISTENKEYD_CLIENTS_J_SCOPES", "read"),
                Map.entry("LISTENKEYD_CLIENTS_K_TOKEN", "k-" + SECRET),
                Map.entry("LISTENKEYD_CLIENTS_K_TOKEN_FILE", shared.toString()),
                Map.entry("LISTENKEYD_CLIENTS_L_TOKEN", "l-" + SECRET),
                Map.entry("LISTENKEYD_CLIENTS_L_SCOPES", "read," + SECRET),
                Map.entry("LISTENKEYD_CLIENTS_M_TOKEN", "m-" + SECRET),
                Map.entry("LISTENKEYD_CLIENTS_M_SCOPES", ""),
                Map.entry("LISTENKEYD_CLIENTS_CONFIG_TOKEN", "config-" + SECRET),
                Map.entry("LISTENKEYD_CLIENTS_DEFAULT_TOKEN", "default-" + SECRET),
                Map.entry("LISTENKEYD_CLIENTS_LISTENKEYD_TOKEN", "listenkeyd-" + SECRET),
                Map.entry("LISTENKEYD_CLIENTS_" + "N".repeat(64) + "_TOKEN", "n-" + SECRET),
                Map.entry("LISTENKEYD_CLIENTS_O_SCOPE", "read")));

        assertThat(said)
                .contains(
                        "LISTENKEYD_CLIENTS_B and LISTENKEYD_CLIENTS_A: have a token in common",
                        "LISTENKEYD_CLIENTS_C_TOKEN: a token must have 16 to 512 characters",
                        "LISTENKEYD_CLIENTS_D_TOKEN: a token must have 16 to 512 characters",
                        "LISTENKEYD_CLIENTS_E_TOKEN: a token consists of",
                        "LISTENKEYD_CLIENTS_F_TOKEN: a token must have",
                        "LISTENKEYD_CLIENTS_G_TOKEN: a token must have",
                        "LISTENKEYD_CLIENTS_H_TOKEN_FILE=" + empty + ": must hold 1 to 8 tokens",
                        "LISTENKEYD_CLIENTS_I_TOKEN_FILE: does not exist",
                        "LISTENKEYD_CLIENTS_P_TOKEN_FILE=" + missing + ": does not exist",
                        "LISTENKEYD_CLIENTS_J: exactly one of _TOKEN and _TOKEN_FILE must be set",
                        "LISTENKEYD_CLIENTS_K: exactly one of _TOKEN and _TOKEN_FILE must be set",
                        "LISTENKEYD_CLIENTS_L_SCOPES: must be a list of read, write, reveal, approve",
                        "LISTENKEYD_CLIENTS_M_SCOPES: must be a list of",
                        "LISTENKEYD_CLIENTS_CONFIG: config can't be the name of a client",
                        "LISTENKEYD_CLIENTS_DEFAULT: default can't be the name of a client",
                        "LISTENKEYD_CLIENTS_LISTENKEYD: listenkeyd can't be the name of a client",
                        "N: a client's name must match",
                        "LISTENKEYD_CLIENTS_O_SCOPE: is no setting of a client")
                .doesNotContain(SECRET);
        assertThat(said.lines()).hasSize(19);
    }

    /** A misspelt setting must not give a client more rights, or leave the API open. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "listenkeyd.clients.bot.tokens",
                "listenkeyd.clients.my-bot.scope",
                "listenkeyd.clients.my.bot.token",
                "listenkeyd.clients.bot.policy",
                "listenkeyd.clients.token"
            })
    void anUnknownSettingOfAClientIsRefused(String property) {
        assertThat(refusal(Map.of(), Map.of(property, TOKEN)))
                .contains("is no setting of a client")
                .doesNotContain(SECRET);
        assertThat(refusal(Map.of(Values.variable(property + "x"), TOKEN)))
                .contains(Values.variable(property + "x") + ": is no setting of a client")
                .doesNotContain(SECRET);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "LISTENKEYD_CLIENT_BOT_TOKEN",
                "LISTENKEYD_TOKEN",
                "LISTENKEYD_API_TOKEN_FILE",
                "LISTENKEYD_BOT_SCOPES"
            })
    void aMisspeltClientDoesNotLeaveTheApiOpen(String variable) {
        assertThat(refusal(Map.of(variable, TOKEN)))
                .contains(variable + ": is no setting; a client has LISTENKEYD_CLIENTS_<NAME>_TOKEN")
                .doesNotContain(SECRET);
    }

    @Test
    void anAccountMayBeCalledClient() {
        assertThat(read(Map.of("LISTENKEYD_ACCOUNTS_CLIENT_TOKEN_API_KEY", "key"))
                        .clients())
                .isEmpty();
    }

    @Test
    void printedSettingsShowNoToken() {
        assertThat(read(Map.of(BOT, TOKEN))).asString().contains("bot").doesNotContain(SECRET);
    }

    // --- where the API listens

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1"})
    void withClientsEveryAddressMayListen(String host) {
        Settings.Api api = read(Map.of("QUARKUS_HTTP_HOST", host, BOT, TOKEN)).api();

        assertThat(api.address().toString()).contains(host);
        assertThat(api.inTheClear()).isTrue();
    }

    @Test
    void anOpenApiStandsBehindNoProxy() {
        String forwarding = "QUARKUS_HTTP_PROXY_PROXY_ADDRESS_FORWARDING";

        assertThat(refusal(Map.of(forwarding, "true")))
                .contains(forwarding + ": a proxy lets in callers from anywhere", "LISTENKEYD_CLIENTS_<NAME>_TOKEN");
        assertThat(read(Map.of(forwarding, "true", BOT, TOKEN)).clients()).hasSize(1);
    }

    @Test
    void theSandboxStaysOnThisMachineWhoeverMayCall() {
        assertThat(refusal(Map.of("LISTENKEYD_SANDBOX", "true", "QUARKUS_HTTP_HOST", "0.0.0.0", BOT, TOKEN)))
                .contains("QUARKUS_HTTP_HOST=0.0.0.0: the sandbox is for this machine only");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1,,,                            http://127.0.0.1:8080, false",
        "127.0.0.1, c.pem,,                      https://127.0.0.1:8443, false",
        "127.0.0.1, c.pem, enabled,              http://127.0.0.1:8080, false",
        "192.0.2.1,,,                            http://192.0.2.1:8080, true",
        "192.0.2.1, c.pem,,                      https://192.0.2.1:8443, false",
        "192.0.2.1, c.pem, redirect,             https://192.0.2.1:8443, false",
        "192.0.2.1, c.pem, enabled,              http://192.0.2.1:8080, true",
    })
    void tokensTravelInTheClearWherePlainHttpLeavesTheMachine(
            String host, String certificate, String plain, URI address, boolean inTheClear) {
        Map<String, String> variables = new java.util.HashMap<>(Map.of("QUARKUS_HTTP_HOST", host, BOT, TOKEN));
        putIfGiven(variables, "QUARKUS_TLS_KEY_STORE_PEM_API_CERT", certificate);
        putIfGiven(variables, "QUARKUS_HTTP_INSECURE_REQUESTS", plain);

        Settings.Api api = read(variables).api();

        boolean besideHttps = certificate != null && "enabled".equals(plain);
        assertThat(api).isEqualTo(new Settings.Api(address, inTheClear, besideHttps, 1000, 512));
    }

    /** Settings that seem to require client certificates must not admit callers without one. */
    @ParameterizedTest
    @CsvSource({
        "127.0.0.1,,        ca.pem,,                 , client certificates need a certificate of the server",
        "192.0.2.1, c.pem,  ca.pem, enabled,         , a caller by plain HTTP shows no certificate",
        "127.0.0.1, c.pem,  ,       ,        required, has no effect here",
        "127.0.0.1, c.pem,  ,       ,        REQUEST , has no effect here",
    })
    void clientCertificatesAreNotWaivedByMistake(
            String host, String certificate, String trust, String plain, String clientAuth, String sentence) {
        Map<String, String> variables = new java.util.HashMap<>(Map.of("QUARKUS_HTTP_HOST", host, BOT, TOKEN));
        putIfGiven(variables, "QUARKUS_TLS_KEY_STORE_PEM_API_CERT", certificate);
        putIfGiven(variables, "QUARKUS_TLS_TRUST_STORE_PEM_CERTS", trust);
        putIfGiven(variables, "QUARKUS_HTTP_INSECURE_REQUESTS", plain);
        putIfGiven(variables, "QUARKUS_HTTP_SSL_CLIENT_AUTH", clientAuth);

        assertThat(refusal(variables)).contains(sentence);
        assertThat(refusal(variables).lines()).hasSize(2);
    }

    @Test
    void aTrustStoreThatTrustsAllIsNone() {
        assertThat(refusal(Map.of(
                        "QUARKUS_TLS_KEY_STORE_PEM_API_CERT", "c.pem",
                        "QUARKUS_TLS_TRUST_STORE_PEM_CERTS", "ca.pem",
                        "QUARKUS_TLS_TRUST_ALL", "true")))
                .contains("QUARKUS_TLS_TRUST_ALL=true");
    }

    /** Quarkus lists settings with a default as if they were set. */
    @Test
    void defaultsOfQuarkusServeNoHttps() {
        List<String> defaults = List.of(
                "quarkus.tls.key-store.sni",
                "quarkus.tls.key-store.credentials-provider.password-key",
                "quarkus.tls.trust-store.certificate-expiration-policy",
                "quarkus.http.ssl.certificate.key-store-password-key");

        assertThat(TlsSettings.serveHttps(defaults)).isFalse();
        assertThat(TlsSettings.askForCertificates(defaults)).isFalse();
        assertThat(TlsSettings.serveHttps(List.of("quarkus.tls.key-store.p12.path")))
                .isTrue();
        assertThat(TlsSettings.askForCertificates(List.of("quarkus.tls.\"api\".trust-store.pem.certs")))
                .isTrue();
    }

    @Test
    void aVariableThatQuarkusIgnoresIsReported() {
        String said = refusal(Map.of(
                "QUARKUS_TLS_KEY_STORE_PEM_0_CERT", "c.pem",
                "QUARKUS_TLS_KEY_STORE_PEM_0_KEY", "c.key"));

        assertThat(said)
                .contains(
                        "QUARKUS_TLS_KEY_STORE_PEM_0_CERT: Quarkus accepts no number",
                        "QUARKUS_TLS_KEY_STORE_PEM_0_KEY:");
        assertThat(read(Map.of(), Map.of("quarkus.tls.key-store.pem.0.cert", "c.pem"))
                        .api()
                        .address())
                .hasScheme("https");
    }

    @Test
    void aTrustStoreBesideAKeyStoreIsAllItTakes() {
        Map<String, String> variables = Map.of(
                "QUARKUS_HTTP_HOST",
                "192.0.2.1",
                "QUARKUS_TLS_KEY_STORE_PEM_API_CERT",
                "c.pem",
                "QUARKUS_TLS_TRUST_STORE_PEM_CERTS",
                "ca.pem",
                BOT,
                TOKEN);

        assertThat(read(variables).api().inTheClear()).isFalse();
    }

    private static void putIfGiven(Map<String, String> variables, String name, String value) {
        if (value != null) {
            variables.put(name, value);
        }
    }
}
