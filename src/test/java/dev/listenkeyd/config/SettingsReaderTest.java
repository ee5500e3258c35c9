package dev.listenkeyd.config;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.listenkeyd.audit.Retention;
import dev.listenkeyd.binance.Product;
import dev.listenkeyd.budget.Budget;
import dev.listenkeyd.files.TrustedFile;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.renewal.Confirmation;
import dev.listenkeyd.renewal.RenewalPolicy;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.eclipse.microprofile.config.Config;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

public class SettingsReaderTest {
    private static final String API_KEY = "SECRETsecretSECRETsecretSECRETsecretSECRETsecretSECRETsecretSECR";
    private static final String HEADLINE = "listenkeyd can't start, its configuration is wrong:";

    @TempDir
    private Path folder;

    // --- what holds when nothing is set

    @Test
    void theDefaultsAreThoseOfTheContract() {
        Settings settings = read(Map.of());

        assertThat(settings.exchange())
                .isEqualTo(new Settings.Exchange(
                        URI.create("https://eapi.binance.com"),
                        "wss://fstream.binance.com/private/ws/",
                        ofSeconds(2),
                        ofSeconds(5),
                        null));
        assertThat(new Product(settings.exchange().url(), settings.exchange().streamUrl()))
                .isEqualTo(Product.OPTIONS);
        assertThat(settings.policy())
                .isEqualTo(
                        new RenewalPolicy(ofMinutes(60), ofMinutes(30), ofMinutes(1), ofSeconds(1), ofSeconds(60), 5));
        assertThat(settings.confirmation()).isEqualTo(Confirmation.AUTO);
        assertThat(settings.budget()).isEqualTo(new Budget(200, ofMinutes(1), 0.2));
        assertThat(settings.storeFile()).isEqualTo(Path.of("data/listenkeyd.db"));
        assertThat(settings.api())
                .isEqualTo(new Settings.Api(URI.create("http://127.0.0.1:8080"), false, false, 1000, 512));
        assertThat(settings.accounts()).isEqualTo(new Settings.Accounts(Map.of(), Map.of(), Set.of(), null));
        assertThat(settings.audit()).isEqualTo(new Retention(ofDays(90), 100_000));
        assertThat(settings.sandbox()).isFalse();
    }

    @Test
    void everySettingCanBeAVariable() {
        Settings settings = read(Map.ofEntries(
                Map.entry("LISTENKEYD_BINANCE_URL", "https://testnet.binancefuture.com/"),
                Map.entry("LISTENKEYD_BINANCE_STREAM_URL", "wss://fstream.binancefuture.com/private/ws/"),
                Map.entry("LISTENKEYD_BINANCE_CONNECT_TIMEOUT", "300ms"),
                Map.entry("LISTENKEYD_BINANCE_CALL_TIMEOUT", "700ms"),
                Map.entry("LISTENKEYD_BINANCE_SOURCE_ADDRESS", "127.0.0.2"),
                Map.entry("LISTENKEYD_LEASE_TTL", "20s"),
                Map.entry("LISTENKEYD_LEASE_RENEW_EVERY", "5"),
                Map.entry("LISTENKEYD_LEASE_CHECK_EVERY", "2s"),
                Map.entry("LISTENKEYD_LEASE_RETRY_MIN", "100ms"),
                Map.entry("LISTENKEYD_LEASE_RETRY_MAX", "PT2S"),
                Map.entry("LISTENKEYD_LEASE_ATTEMPTS_KEPT", "3"),
                Map.entry("LISTENKEYD_LEASE_CONFIRM", "Never"),
                Map.entry("LISTENKEYD_BUDGET_WEIGHT", "7"),
                Map.entry("LISTENKEYD_BUDGET_WINDOW", "10s"),
                Map.entry("LISTENKEYD_BUDGET_HEADROOM", "0"),
                Map.entry("LISTENKEYD_STORE_FILE", "/var/lib/keys.db"),
                Map.entry("LISTENKEYD_METRICS_MAX_ACCOUNTS", "0"),
                Map.entry("LISTENKEYD_API_CONNECTIONS_MAX", "16"),
                Map.entry("LISTENKEYD_AUDIT_MAX_AGE", "30d"),
                Map.entry("LISTENKEYD_AUDIT_MAX_ROWS", "5000"),
                Map.entry("QUARKUS_HTTP_HOST", "::1"),
                Map.entry("QUARKUS_HTTP_PORT", "9000")));

        assertThat(settings.exchange())
                .isEqualTo(new Settings.Exchange(
                        URI.create("https://testnet.binancefuture.com/"),
                        "wss://fstream.binancefuture.com/private/ws/",
                        ofMillis(300),
                        ofMillis(700),
                        "127.0.0.2"));
        assertThat(settings.policy())
                .isEqualTo(
                        new RenewalPolicy(ofSeconds(20), ofSeconds(5), ofSeconds(2), ofMillis(100), ofSeconds(2), 3));
        assertThat(settings.confirmation()).isEqualTo(Confirmation.NEVER);
        assertThat(settings.budget()).isEqualTo(new Budget(7, ofSeconds(10), 0));
        assertThat(settings.storeFile()).isEqualTo(Path.of("/var/lib/keys.db"));
        assertThat(settings.api()).isEqualTo(new Settings.Api(URI.create("http://[::1]:9000"), false, false, 0, 16));
        assertThat(settings.audit()).isEqualTo(new Retention(ofDays(30), 5000));
    }

    // --- what is wrong

    @Test
    void allViolationsAreReportedAtOnce() {
        String said = refusal(Map.ofEntries(
                Map.entry("LISTENKEYD_BINANCE_URL", "ftp://eapi.binance.com"),
                Map.entry("LISTENKEYD_BINANCE_STREAM_URL", "https://fstream.binance.com"),
                Map.entry("LISTENKEYD_LEASE_TTL", "10m"),
                Map.entry("LISTENKEYD_LEASE_RENEW_EVERY", "20m"),
                Map.entry("LISTENKEYD_LEASE_RETRY_MIN", "2m"),
                Map.entry("LISTENKEYD_LEASE_CONFIRM", "perhaps"),
                Map.entry("LISTENKEYD_BUDGET_WEIGHT", "0"),
                Map.entry("LISTENKEYD_STORE_FILE", ""),
                Map.entry("LISTENKEYD_METRICS_MAX_ACCOUNTS", "-3"),
                Map.entry("LISTENKEYD_SANDBOX", "yes"),
                Map.entry("LISTENKEYD_ACCOUNTS_MAIN_KEEP", "true"),
                Map.entry("QUARKUS_HTTP_HOST", "0.0.0.0")));

        assertThat(said.lines().skip(1)).allMatch(line -> line.startsWith("  - "));
        assertThat(said)
                .startsWith(HEADLINE)
                .contains(
                        "LISTENKEYD_BINANCE_URL=ftp://eapi.binance.com: not an address",
                        "LISTENKEYD_BINANCE_STREAM_URL=https://fstream.binance.com: not an address",
                        "LISTENKEYD_LEASE_RENEW_EVERY must be shorter than LISTENKEYD_LEASE_TTL",
                        "LISTENKEYD_LEASE_RETRY_MIN must not exceed LISTENKEYD_LEASE_RETRY_MAX",
                        "LISTENKEYD_LEASE_CONFIRM=perhaps: none of auto, always, never",
                        "LISTENKEYD_BUDGET_WEIGHT must be at least 1",
                        "LISTENKEYD_STORE_FILE=: not the path of a file",
                        "LISTENKEYD_METRICS_MAX_ACCOUNTS=-3: must not be negative",
                        "LISTENKEYD_SANDBOX=yes: neither true nor false",
                        "LISTENKEYD_ACCOUNTS_MAIN: exactly one of",
                        "QUARKUS_HTTP_HOST=0.0.0.0")
                .doesNotContain(API_KEY);
        assertThat(said.lines()).hasSize(12);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "LISTENKEYD_BINANCE_URL              | eapi.binance.com            | not an address such as https",
                "LISTENKEYD_BINANCE_URL              | https://                    | LISTENKEYD_BINANCE_URL=https://",
                "LISTENKEYD_BINANCE_URL              | https://bad host            | LISTENKEYD_BINANCE_URL",
                "LISTENKEYD_BINANCE_URL              | http://eapi.binance.com     | API keys travel by https only",
                "LISTENKEYD_BINANCE_URL              | http://192.0.2.1:80         | API keys travel by https only",
                "LISTENKEYD_BINANCE_URL              | https://h.example/?x=1      | must have no query",
                "LISTENKEYD_BINANCE_URL              | https://h.example/#x        | must have no query",
                "LISTENKEYD_BINANCE_URL              | https://user@h.example      | must have no query, fragment or user",
                "LISTENKEYD_BINANCE_URL              | http://localhost.evil.example | API keys travel by https only",
                "LISTENKEYD_BINANCE_URL              | http://127.0.0.1.evil.example | API keys travel by https only",
                "LISTENKEYD_BINANCE_URL              | http://127.1                | not an address such as https",
                "LISTENKEYD_BINANCE_URL              | http://2130706433           | API keys travel by https only",
                "LISTENKEYD_BINANCE_URL              | http://0.0.0.0              | API keys travel by https only",
                "LISTENKEYD_BINANCE_URL              | http://[::ffff:127.0.0.1]   | API keys travel by https only",
                "LISTENKEYD_BINANCE_URL              | http://[::]                 | API keys travel by https only",
                "LISTENKEYD_BINANCE_URL              | http://127.0.0.1@evil.example | must have no query, fragment or user",
                "LISTENKEYD_BINANCE_URL              | http://evil.example\\@127.0.0.1 | not an address such as https",
                "LISTENKEYD_BINANCE_URL              | http://evil.example#@127.0.0.1 | must have no query, fragment or user",
                "LISTENKEYD_BINANCE_URL              | https:///eapi.binance.com   | not an address such as https",
                "LISTENKEYD_BINANCE_URL              | https:eapi.binance.com      | not an address such as https",
                "LISTENKEYD_BINANCE_URL              | https://h.example:0         | must have a port from 1 to 65535",
                "LISTENKEYD_BINANCE_URL              | https://h.example:65536     | must have a port from 1 to 65535",
                "LISTENKEYD_BINANCE_STREAM_URL       | fstream.binance.com         | not an address such as wss",
                "QUARKUS_TLS_TRUST_ALL               | true                        | any certificate would do",
                "QUARKUS_REST_CLIENT_VERIFY_HOST     | false                       | the exchange must prove its name",
                "QUARKUS_REST_CLIENT__DEV_LISTENKEYD_BINANCE_EXCHANGEAPI__OVERRIDE_URI | http://evil.example | LISTENKEYD_BINANCE_URL says where",
                "LISTENKEYD_BINANCE_CALL_TIMEOUT     | soon                        | LISTENKEYD_BINANCE_CALL_TIMEOUT=soon",
                "LISTENKEYD_BINANCE_CALL_TIMEOUT     | 30m                         | LISTENKEYD_BINANCE_CALL_TIMEOUT must be shorter",
                "LISTENKEYD_BINANCE_CONNECT_TIMEOUT  | 0s                          | LISTENKEYD_BINANCE_CONNECT_TIMEOUT: must be at least 1ms",
                "LISTENKEYD_BINANCE_CONNECT_TIMEOUT  | -1S                         | LISTENKEYD_BINANCE_CONNECT_TIMEOUT",
                "LISTENKEYD_BINANCE_CALL_TIMEOUT     | 0s                          | LISTENKEYD_BINANCE_CALL_TIMEOUT: must be at least 1ms",
                "LISTENKEYD_BINANCE_CALL_TIMEOUT     | -1S                         | LISTENKEYD_BINANCE_CALL_TIMEOUT",
                "LISTENKEYD_BUDGET_WEIGHT            | -1                          | LISTENKEYD_BUDGET_WEIGHT must be at least 1",
                "LISTENKEYD_BUDGET_HEADROOM          | -1                          | LISTENKEYD_BUDGET_HEADROOM must be at least 0",
                "LISTENKEYD_LEASE_ATTEMPTS_KEPT      | -1                          | LISTENKEYD_LEASE_ATTEMPTS_KEPT must be from 1 to 100",
                "LISTENKEYD_LEASE_TTL                | -0.001S                     | LISTENKEYD_LEASE_TTL",
                "LISTENKEYD_BINANCE_CONNECT_TIMEOUT  | 5 parsecs                   | LISTENKEYD_BINANCE_CONNECT_TIMEOUT=5 parsecs",
                "LISTENKEYD_LEASE_TTL                | 2s                          | LISTENKEYD_LEASE_TTL must be longer than 2s",
                "LISTENKEYD_LEASE_TTL                | an hour                     | LISTENKEYD_LEASE_TTL=an hour",
                "LISTENKEYD_LEASE_RENEW_EVERY        | 60m                         | LISTENKEYD_LEASE_RENEW_EVERY must be shorter",
                "LISTENKEYD_LEASE_RENEW_EVERY        | 0s                          | LISTENKEYD_LEASE_RENEW_EVERY must be longer than 0",
                "LISTENKEYD_LEASE_RETRY_MIN          | 0s                          | LISTENKEYD_LEASE_RETRY_MIN must be longer than 0",
                "LISTENKEYD_LEASE_RETRY_MIN          | 61s                         | LISTENKEYD_LEASE_RETRY_MIN must not exceed",
                "LISTENKEYD_LEASE_CHECK_EVERY        | 0s                          | LISTENKEYD_LEASE_CHECK_EVERY must be longer than 0",
                "LISTENKEYD_LEASE_CHECK_EVERY        | never                       | LISTENKEYD_LEASE_CHECK_EVERY=never",
                "LISTENKEYD_LEASE_RETRY_MAX          | 1ms                         | LISTENKEYD_LEASE_RETRY_MIN must not exceed",
                "LISTENKEYD_LEASE_ATTEMPTS_KEPT      | 0                           | LISTENKEYD_LEASE_ATTEMPTS_KEPT must be from 1 to 100",
                "LISTENKEYD_LEASE_ATTEMPTS_KEPT      | 101                         | LISTENKEYD_LEASE_ATTEMPTS_KEPT must be from 1 to 100",
                "LISTENKEYD_LEASE_ATTEMPTS_KEPT      | many                        | LISTENKEYD_LEASE_ATTEMPTS_KEPT=many: not a number",
                "LISTENKEYD_LEASE_RENEW_EVERY        | 3599s                       | must fit between LISTENKEYD_LEASE_RENEW_EVERY and LISTENKEYD_LEASE_TTL",
                "LISTENKEYD_LEASE_CONFIRM            | true                        | none of auto, always, never",
                "LISTENKEYD_BUDGET_WEIGHT            | 1.5                         | LISTENKEYD_BUDGET_WEIGHT=1.5: not a number",
                "LISTENKEYD_BUDGET_WINDOW            | 999ms                       | LISTENKEYD_BUDGET_WINDOW must be at least 1s",
                "LISTENKEYD_BUDGET_HEADROOM          | 1                           | LISTENKEYD_BUDGET_HEADROOM must be at least 0 and below 1",
                "LISTENKEYD_BUDGET_HEADROOM          | -0.1                        | LISTENKEYD_BUDGET_HEADROOM must be at least 0 and below 1",
                "LISTENKEYD_BUDGET_HEADROOM          | NaN                         | LISTENKEYD_BUDGET_HEADROOM must be at least 0 and below 1",
                "LISTENKEYD_BUDGET_HEADROOM          | half                        | LISTENKEYD_BUDGET_HEADROOM=half: not a number",
                "LISTENKEYD_STORE_FILE               | a.db?mode=memory            | not the path of a file",
                "LISTENKEYD_AUDIT_MAX_AGE            | 59m                         | LISTENKEYD_AUDIT_MAX_AGE must be from 1h to 36500 days",
                "LISTENKEYD_AUDIT_MAX_AGE            | 36501d                      | LISTENKEYD_AUDIT_MAX_AGE must be from 1h to 36500 days",
                "LISTENKEYD_AUDIT_MAX_AGE            | long                        | LISTENKEYD_AUDIT_MAX_AGE=long",
                "LISTENKEYD_AUDIT_MAX_ROWS           | 0                           | LISTENKEYD_AUDIT_MAX_ROWS must be from 1 to 1000000",
                "LISTENKEYD_AUDIT_MAX_ROWS           | 1000001                     | LISTENKEYD_AUDIT_MAX_ROWS must be from 1 to 1000000",
                "LISTENKEYD_AUDIT_MAX_ROWS           | all                         | LISTENKEYD_AUDIT_MAX_ROWS=all: not a number",
                "LISTENKEYD_METRICS_MAX_ACCOUNTS     | lots                        | LISTENKEYD_METRICS_MAX_ACCOUNTS=lots: not a number",
                "LISTENKEYD_API_CONNECTIONS_MAX      | 15                          | LISTENKEYD_API_CONNECTIONS_MAX=15: must be at least 16",
                "LISTENKEYD_SANDBOX                  | 1                           | neither true nor false",
                "QUARKUS_HTTP_PORT                   | 65536                       | QUARKUS_HTTP_PORT=65536: must be a port from 0 to 65535",
                "QUARKUS_HTTP_PORT                   | web                         | QUARKUS_HTTP_PORT=web: must be a port",
                "QUARKUS_HTTP_DOMAIN_SOCKET_ENABLED  | true                        | QUARKUS_HTTP_DOMAIN_SOCKET_ENABLED: this build has no library",
            })
    void eachViolationIsReported(String variable, String value, String sentence) {
        assertThat(refusal(Map.of(variable, value))).contains(sentence);
    }

    @Test
    void checksCanBeTurnedOff() {
        assertThat(read(Map.of("LISTENKEYD_LEASE_CHECK_EVERY", "off")).policy().checkEvery())
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.1.2.3", "::1", "localhost"})
    void thisMachineMayListen(String host) {
        assertThat(read(Map.of("QUARKUS_HTTP_HOST", host)).api().address().toString())
                .contains(host);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1", "no-such-host.invalid"})
    void otherMachinesMayNotReachAnOpenApi(String host) {
        assertThat(refusal(Map.of("QUARKUS_HTTP_HOST", host)))
                .contains("QUARKUS_HTTP_HOST=" + host + ": without clients the API is open")
                .contains("LISTENKEYD_CLIENTS_<NAME>_TOKEN");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://127.0.0.1:8090/x", "http://localhost:1", "http://LOCALHOST", "http://[::1]:9000"})
    void anExchangeOnThisMachineNeedsNoTls(String url) {
        assertThat(read(Map.of("LISTENKEYD_BINANCE_URL", url)).exchange().url()).isEqualTo(URI.create(url));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://user:" + API_KEY + "@h.example",
                "https://h.example/?key=" + API_KEY,
                "https://h.example/#" + API_KEY,
                "http://127.0.0.1@h.example/" + API_KEY,
            })
    void anAddressThatMayHoldAPasswordIsNotRepeated(String url) {
        assertThat(refusal(Map.of("LISTENKEYD_BINANCE_URL", url)))
                .contains("LISTENKEYD_BINANCE_URL: must have no query, fragment or user")
                .doesNotContain(API_KEY);
    }

    // --- accounts

    @Test
    void accountsCanBeVariables() throws IOException {
        Path file = Files.writeString(folder.resolve("key"), "  from-a-file\n");

        Settings.Accounts accounts = read(Map.of(
                        "LISTENKEYD_ACCOUNTS_MAIN_API_KEY",
                        API_KEY,
                        "LISTENKEYD_ACCOUNTS_MAIN_KEEP",
                        "TRUE",
                        "LISTENKEYD_ACCOUNTS_MY_DESK_2_API_KEY_FILE",
                        file.toString(),
                        "LISTENKEYD_ACCOUNTS_MY_DESK_2_KEEP",
                        "false"))
                .accounts();

        assertThat(accounts.keys())
                .containsOnly(
                        Map.entry("main", new Secret(API_KEY)), Map.entry("my_desk_2", new Secret("from-a-file")));
        assertThat(accounts.files()).containsOnly(Map.entry("my_desk_2", file));
        assertThat(accounts.kept()).containsExactly("main");
    }

    @Test
    void accountsCanBeProperties() throws IOException {
        Path file = Files.writeString(folder.resolve("key"), "from-a-file");

        Settings.Accounts accounts = read(
                        Map.of(),
                        Map.of(
                                "listenkeyd.accounts.my-desk.api-key",
                                API_KEY,
                                "listenkeyd.accounts.my-desk.keep",
                                "true",
                                "listenkeyd.accounts.\"other\".api-key-file",
                                file.toString()))
                .accounts();

        assertThat(accounts.keys())
                .containsOnly(Map.entry("my-desk", new Secret(API_KEY)), Map.entry("other", new Secret("from-a-file")));
        assertThat(accounts.files()).containsOnly(Map.entry("other", file));
        assertThat(accounts.kept()).containsExactly("my-desk");
    }

    @ParameterizedTest
    @ValueSource(strings = {"main", "my-desk", "my_desk"})
    void aVariableStandsAboveTheProperty(String account) {
        String property = "listenkeyd.accounts." + account + ".api-key";
        Settings.Accounts accounts = read(
                        Map.of(Values.variable(property), "from-the-variable"), Map.of(property, "from-the-property"))
                .accounts();

        assertThat(accounts.keys()).containsOnly(Map.entry(account, new Secret("from-the-variable")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"KEEP", "API_KEY", "FILE", "API_KEY_FILE"})
    void accountsMayBeNamedLikeTheirMembers(String name) {
        Settings.Accounts accounts = read(Map.of("LISTENKEYD_ACCOUNTS_" + name + "_API_KEY", API_KEY))
                .accounts();

        assertThat(accounts.keys()).containsOnlyKeys(name.toLowerCase(Locale.ROOT));
    }

    @Test
    void allViolationsOfAccountsAreReportedWithoutKeys() throws IOException {
        Path missing = folder.resolve("missing");
        Path empty = Files.writeString(folder.resolve("empty"), "\n");
        Path large = Files.writeString(folder.resolve("large"), API_KEY.repeat(100));
        String unprintable = API_KEY + "\nX-Other: header";

        String said = refusal(Map.ofEntries(
                Map.entry("LISTENKEYD_ACCOUNTS_A_API_KEY_FILE", missing.toString()),
                Map.entry("LISTENKEYD_ACCOUNTS_B_API_KEY_FILE", empty.toString()),
                Map.entry("LISTENKEYD_ACCOUNTS_C_API_KEY_FILE", large.toString()),
                Map.entry("LISTENKEYD_ACCOUNTS_D_API_KEY", unprintable),
                Map.entry("LISTENKEYD_ACCOUNTS_E_API_KEY", ""),
                Map.entry("LISTENKEYD_ACCOUNTS_F_API_KEY", API_KEY),
                Map.entry("LISTENKEYD_ACCOUNTS_F_API_KEY_FILE", missing.toString()),
                Map.entry("LISTENKEYD_ACCOUNTS_G_KEEP", "true"),
                Map.entry("LISTENKEYD_ACCOUNTS_H_API_KEY", API_KEY),
                Map.entry("LISTENKEYD_ACCOUNTS_H_KEEP", "always"),
                Map.entry("LISTENKEYD_ACCOUNTS__I_API_KEY", API_KEY)));

        assertThat(said)
                .contains(
                        "LISTENKEYD_ACCOUNTS_A_API_KEY_FILE=" + missing + ": does not exist",
                        "LISTENKEYD_ACCOUNTS_B_API_KEY_FILE=" + empty + ": must be 1 to 256 printable characters",
                        "LISTENKEYD_ACCOUNTS_C_API_KEY_FILE=" + large + ": is larger than 4096 bytes",
                        "LISTENKEYD_ACCOUNTS_D_API_KEY: must be 1 to 256 printable characters",
                        "LISTENKEYD_ACCOUNTS_E_API_KEY: must be 1 to 256 printable characters",
                        "LISTENKEYD_ACCOUNTS_F: exactly one of _API_KEY and _API_KEY_FILE",
                        "LISTENKEYD_ACCOUNTS_G: exactly one of _API_KEY and _API_KEY_FILE",
                        "LISTENKEYD_ACCOUNTS_H_KEEP: neither true nor false",
                        "LISTENKEYD_ACCOUNTS__I: an account's name must match")
                .doesNotContain(API_KEY);
        assertThat(said.lines()).hasSize(10);
    }

    @ParameterizedTest
    @ValueSource(strings = {"my desk", "-main", "x23456789_123456789_123456789_123456789_123456789_123456789_1234"})
    void namesOfPropertiesAreChecked(String name) {
        assertThat(refusal(Map.of(), Map.of("listenkeyd.accounts." + name + ".api-key", API_KEY)))
                .contains("an account's name must match")
                .doesNotContain(API_KEY);
    }

    // --- sandbox

    @Test
    void theSandboxHasOneAccountOfItsOwn() {
        Settings settings = read(Map.of("LISTENKEYD_SANDBOX", "true"));

        assertThat(settings.sandbox()).isTrue();
        assertThat(settings.accounts().keys()).containsOnlyKeys("demo");
        assertThat(settings.accounts().kept()).containsExactly("demo");
    }

    @Test
    void theSandboxCallsItselfWhereItListens() {
        assertThat(read(Map.of("LISTENKEYD_SANDBOX", "true")).exchange().url())
                .isEqualTo(URI.create("http://127.0.0.1:8080/sandbox"));
        assertThat(read(Map.of("LISTENKEYD_SANDBOX", "true", "QUARKUS_HTTP_HOST", "::1", "QUARKUS_HTTP_PORT", "9000"))
                        .exchange()
                        .url())
                .isEqualTo(URI.create("http://[::1]:9000/sandbox"));
    }

    /** The sandbox calls itself at this port; the exchange's address is not set. */
    @ParameterizedTest
    @ValueSource(strings = {"0", "65536", "-1", "web"})
    void aSandboxWithoutAPortBlamesThePort(String port) {
        assertThat(refusal(Map.of("LISTENKEYD_SANDBOX", "true", "QUARKUS_HTTP_PORT", port))
                        .lines())
                .containsExactly(HEADLINE, "  - QUARKUS_HTTP_PORT=" + port + ": must be a port from 1 to 65535");
    }

    @Test
    void theSandboxNeedsPlainHttp() {
        Map<String, String> variables = Map.of(
                "LISTENKEYD_SANDBOX", "true",
                "QUARKUS_TLS_KEY_STORE_PEM_API_CERT", "c.pem",
                "QUARKUS_HTTP_INSECURE_REQUESTS", "disabled");

        assertThat(refusal(variables))
                .contains("QUARKUS_HTTP_INSECURE_REQUESTS: the sandbox calls itself by plain HTTP");
    }

    @Test
    void settingsThatTheSandboxReplacesAreFound() {
        assertThat(UnknownVariables.replacedBySandbox(config(Map.of("LISTENKEYD_SANDBOX", "true"), Map.of())))
                .isEmpty();
        assertThat(UnknownVariables.replacedBySandbox(config(
                        Map.of("LISTENKEYD_STORE_FILE", "a.db"),
                        Map.of("listenkeyd.binance.url", "https://h.example"))))
                .containsExactly("LISTENKEYD_BINANCE_URL", "LISTENKEYD_STORE_FILE");
    }

    @Test
    void theSandboxIsNoPlaceForRealKeys() throws IOException {
        Path file = Files.writeString(folder.resolve("key"), API_KEY);

        for (Map<String, String> real : List.of(
                Map.of("LISTENKEYD_ACCOUNTS_MAIN_API_KEY", API_KEY),
                Map.of("LISTENKEYD_ACCOUNTS_MAIN_API_KEY_FILE", file.toString()))) {
            Map<String, String> both = new HashMap<>(real);
            both.put("LISTENKEYD_SANDBOX", "true");

            assertThat(refusal(both))
                    .contains("LISTENKEYD_SANDBOX=true: unset the accounts")
                    .doesNotContain(API_KEY);
        }
    }

    // --- agents

    @Test
    void aPolicyIsReadWithEverythingElse() {
        Settings settings = read(Map.of(
                "LISTENKEYD_MCP_POLICY_FILE",
                TrustedFile.shippedPolicy("renew-only.json"),
                "LISTENKEYD_MCP_APPROVAL_TIMEOUT",
                "30s",
                "LISTENKEYD_CLIENTS_BOT_TOKEN",
                "bot-token-0123456789",
                "LISTENKEYD_CLIENTS_BOT_POLICY_FILE",
                TrustedFile.shippedPolicy("deny-all.json")));

        assertThat(Objects.requireNonNull(settings.agents().policy()).policy().tools())
                .containsOnlyKeys("BinanceOptionsRenewListenKey");
        assertThat(settings.agents().policies()).containsOnlyKeys("bot");
        assertThat(settings.agents().patience()).isEqualTo(ofSeconds(30));
    }

    @Test
    void aWrongPolicyIsToldByItsPointer() throws IOException {
        Path policy = TrustedFile.write(
                folder.resolve("policy.json"),
                "{\"version\":\"1\",\"tools\":{\"x\":{\"limit\":[]}},\"defualt\":\"deny\"}");

        assertThat(refusal(Map.of("LISTENKEYD_MCP_POLICY_FILE", policy.toString(), "LISTENKEYD_BUDGET_WEIGHT", "0")))
                .contains(
                        "LISTENKEYD_MCP_POLICY_FILE=" + policy + ": ",
                        "/tools/x/limit",
                        "/defualt",
                        "LISTENKEYD_BUDGET_WEIGHT");
        assertThat(refusal(Map.of("LISTENKEYD_MCP_POLICY_FILE", "nowhere.json")))
                .contains("LISTENKEYD_MCP_POLICY_FILE: does not exist");
    }

    /** Only with a policy, since only then a call may wait. */
    @Test
    void aConnectionOutlivesACallThatWaits() {
        Map<String, String> impatient = Map.of("QUARKUS_HTTP_IDLE_TIMEOUT", "134s");
        assertThat(read(impatient).agents().policy()).isNull();

        Map<String, String> withPolicy = new HashMap<>(impatient);
        withPolicy.put("LISTENKEYD_MCP_POLICY_FILE", TrustedFile.shippedPolicy("operator.json"));
        assertThat(refusal(withPolicy)).contains("QUARKUS_HTTP_IDLE_TIMEOUT: must be at least 135s");

        withPolicy.put("QUARKUS_HTTP_IDLE_TIMEOUT", "135s");
        assertThat(read(withPolicy).agents().policy()).isNotNull();
    }

    @Test
    void printedSettingsShowNoKey() {
        assertThat(read(Map.of("LISTENKEYD_ACCOUNTS_MAIN_API_KEY", API_KEY)))
                .asString()
                .contains("main")
                .doesNotContain(API_KEY);
    }

    public static Settings read(Map<String, String> variables) {
        return read(variables, Map.of());
    }

    public static Settings read(Map<String, String> variables, Map<String, String> properties) {
        return SettingsReader.read(config(variables, properties));
    }

    private static Config config(Map<String, String> variables, Map<String, String> properties) {
        return new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .withSources(
                        defaults(),
                        new PropertiesConfigSource(properties, "properties", 260),
                        new EnvConfigSource(variables, 300))
                .build();
    }

    private static PropertiesConfigSource defaults() {
        try {
            return new PropertiesConfigSource(
                    Path.of("src/main/resources/application.properties").toUri().toURL(), 250);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String refusal(Map<String, String> variables) {
        return refusal(variables, Map.of());
    }

    static String refusal(Map<String, String> variables, Map<String, String> properties) {
        ConfigurationException refused =
                catchThrowableOfType(ConfigurationException.class, () -> read(variables, properties));
        assertThat(refused).isNotNull();
        return String.valueOf(refused.getMessage());
    }
}
