package dev.listenkeyd.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.secrets.SecretKeys;
import dev.listenkeyd.store.StoreFolder;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.config.Config;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class SharedStoreReaderTest {
    private static final String URL = "LISTENKEYD_STORE_URL";
    private static final String ADDRESS = "jdbc:postgresql://db.example.com:5432/leases?sslmode=verify-full";
    private static final Settings.Secrets KEYS = new Settings.Secrets(SecretKeys.parse(StoreFolder.KEY), null);

    @TempDir
    private Path folder;

    private final Violations violations = new Violations();

    @Test
    void withoutAnAddressTheLeasesAreInTheFile() {
        assertThat(read(Map.of(), KEYS, false)).isNull();
        assertThat(violations.isEmpty()).isTrue();
    }

    @Test
    void everythingCanBeSet() {
        SharedStore store = read(
                Map.of(
                        URL,
                        ADDRESS,
                        "LISTENKEYD_STORE_USER",
                        "daemon",
                        "LISTENKEYD_STORE_PASSWORD",
                        "hunter2",
                        "LISTENKEYD_REPLICA",
                        "east-1.example.com",
                        "LISTENKEYD_REPLICA_TTL",
                        "3s"),
                KEYS,
                false);

        assertThat(violations.isEmpty()).isTrue();
        assertThat(store)
                .isEqualTo(new SharedStore(
                        ADDRESS, "daemon", store.password(), "east-1.example.com", Duration.ofSeconds(3)))
                .asString()
                .contains("***")
                .doesNotContain("hunter2");
        assertThat(store.password().reveal()).isEqualTo("hunter2");
        assertThat(store.name()).isEqualTo("postgresql://db.example.com:5432/leases");
    }

    @Test
    void aPasswordInAFileIsReadAgain() throws Exception {
        Path file = Files.writeString(folder.resolve("password"), "hunter2\n");
        SharedStore store = read(Map.of(URL, ADDRESS, "LISTENKEYD_STORE_PASSWORD_FILE", file.toString()), KEYS, false);
        assertThat(store.password().reveal()).isEqualTo("hunter2");

        Files.writeString(file, "correct horse ");

        assertThat(store.password().reveal()).isEqualTo("correct horse ");
        assertThat(store.replicaTtl()).isEqualTo(Duration.ofSeconds(15));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "jdbc:sqlite:file",
                "postgresql://db/leases",
                "jdbc:postgresql:leases",
                "jdbc:postgresql://daemon:hunter2@db/leases",
                "jdbc:postgresql://db/leases?password=hunter2",
                "jdbc:postgresql://db/leases?user=x&PASSWORD=hunter2",
                "jdbc:postgresql://db/leases?sslpassword=hunter2"
            })
    void anotherAddressIsRefusedWithoutRepeatingIt(String address) {
        assertThat(read(Map.of(URL, address), KEYS, false)).isNull();

        assertThat(violations.toString()).contains(URL + ": ").doesNotContain("hunter2");
    }

    @Test
    void allViolationsAreReportedAtOnce() {
        read(
                Map.of(
                        URL,
                        ADDRESS,
                        "LISTENKEYD_STORE_PASSWORD",
                        "hunter2",
                        "LISTENKEYD_STORE_PASSWORD_FILE",
                        "/nowhere/hunter3",
                        "LISTENKEYD_REPLICA",
                        "not a name",
                        "LISTENKEYD_REPLICA_TTL",
                        "2s"),
                new Settings.Secrets(null, null),
                true);

        assertThat(violations.toString())
                .contains(
                        "LISTENKEYD_STORE_PASSWORD and LISTENKEYD_STORE_PASSWORD_FILE: only one",
                        "LISTENKEYD_STORE_PASSWORD_FILE: does not exist",
                        "LISTENKEYD_REPLICA: must be 1 to 100 letters",
                        "LISTENKEYD_REPLICA_TTL=2s: must be from 3s to 5m",
                        "needs LISTENKEYD_SECRETS_KEY",
                        "LISTENKEYD_SANDBOX=true: unset LISTENKEYD_STORE_URL")
                .doesNotContain("hunter");
    }

    @Test
    void aPasswordWithoutAnAddressHasNoEffectAndThatIsSaid() {
        read(Map.of("LISTENKEYD_STORE_PASSWORD", "hunter2"), KEYS, false);

        assertThat(violations.toString())
                .contains("LISTENKEYD_STORE_PASSWORD: has no effect without LISTENKEYD_STORE_URL")
                .doesNotContain("hunter2");
    }

    @Test
    void itsVariablesAreKnown() {
        assertThat(UnknownVariables.among(
                        Set.of(URL, "LISTENKEYD_STORE_PASSWORD_FILE", "LISTENKEYD_REPLICA", "LISTENKEYD_STORE_HOST"),
                        config(Map.of())))
                .containsExactly("LISTENKEYD_STORE_HOST");
    }

    private @Nullable SharedStore read(Map<String, String> variables, Settings.Secrets secrets, boolean sandbox) {
        Config config = config(variables);
        return new SharedStoreReader(config, new Values(config, violations), violations).read(secrets, sandbox);
    }

    private static Config config(Map<String, String> variables) {
        Map<String, String> properties = new HashMap<>();
        properties.put("listenkeyd.replica-ttl", "15s");
        properties.put("listenkeyd.replica", "a-machine-1a2b3c");
        return new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .withSources(
                        new PropertiesConfigSource(properties, "properties", 260), new EnvConfigSource(variables, 300))
                .build();
    }
}
