package dev.listenkeyd.config;

import static dev.listenkeyd.store.StoreFolder.KEY;
import static dev.listenkeyd.store.StoreFolder.OTHER_KEY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.config.Settings.Secrets;
import dev.listenkeyd.secrets.SecretKeys;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.config.Config;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsReaderTest {
    private static final String VARIABLE = "LISTENKEYD_SECRETS_KEY";
    private static final String FILE_VARIABLE = "LISTENKEYD_SECRETS_KEY_FILE";

    private static final String KEY_WHERE_A_FILE_SHOULD_BE = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

    @TempDir
    private Path folder;

    private final Violations violations = new Violations();

    @Test
    void withoutASettingThereIsNoKeyYet() {
        assertThat(read(Map.of(), Map.of())).isEqualTo(new Secrets(null, null));
        assertThat(violations.isEmpty()).isTrue();
    }

    @Test
    void keysCanBeAVariable() {
        assertKeys(read(Map.of(VARIABLE, KEY + "," + OTHER_KEY), Map.of()), 2, null);
    }

    @Test
    void keysCanBeAProperty() {
        assertKeys(read(Map.of(), Map.of("listenkeyd.secrets.key", KEY)), 1, null);
    }

    @Test
    void keysCanBeInAFile() throws IOException {
        Path file = Files.writeString(folder.resolve("key"), KEY + "\n" + OTHER_KEY + "\n");

        assertKeys(read(Map.of(FILE_VARIABLE, file.toString()), Map.of()), 2, file);
        assertKeys(read(Map.of(), Map.of("listenkeyd.secrets.key-file", file.toString())), 2, file);
    }

    private void assertKeys(Secrets secrets, int count, @Nullable Path file) {
        assertThat(violations).asString().doesNotContain("  - LISTENKEYD");
        assertThat(secrets.keys()).isNotNull().extracting(SecretKeys::count).isEqualTo(count);
        assertThat(secrets.file()).isEqualTo(file);
        assertThat(secrets).asString().doesNotContain(KEY, OTHER_KEY);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                         | is set, but empty",
                "' '                        | is set, but empty",
                "c2hvcnQtSECRET             | key 1 has 10 bytes instead of 32",
                "my-SECRET-passphrase       | key 1 is not base64",
                "my-SECRET,c2hvcnQtSECRET   | key 1 is not base64; key 2 has 10 bytes instead of 32",
            })
    void aWrongKeyIsReportedWithoutTheKey(String value, String sentence) throws IOException {
        read(Map.of(VARIABLE, value), Map.of());
        assertThat(violations)
                .asString()
                .contains("  - " + VARIABLE + ": " + sentence)
                .doesNotContain("SECRET,", "-SECRET");

        Path file = Files.writeString(folder.resolve("key"), value.isBlank() ? "c2hvcnQtSECRET" : value);
        read(Map.of(FILE_VARIABLE, file.toString()), Map.of());
        assertThat(violations)
                .asString()
                .contains("  - " + FILE_VARIABLE + "=" + file + ": key ")
                .doesNotContain("tSECRET", "-SECRET");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", KEY_WHERE_A_FILE_SHOULD_BE, "/no/such/file", "nul\0byte"})
    void anUnreadableFileIsReportedWithoutItsPath(String value) {
        Secrets secrets = read(Map.of(FILE_VARIABLE, value), Map.of());

        assertThat(secrets.keys()).isNull();
        assertThat(violations)
                .asString()
                .contains("  - " + FILE_VARIABLE + ": ")
                .doesNotContain("AQEBAQEB", "/no/such", "nul");
    }

    @Test
    void bothAtOnceAreRefusedWithAllElseThatIsWrong() {
        read(Map.of(VARIABLE, "c2hvcnQ="), Map.of("listenkeyd.secrets.key-file", "/no/such/file"));

        assertThat(violations)
                .asString()
                .contains(
                        VARIABLE + " and " + FILE_VARIABLE + ": only one of them may be set",
                        VARIABLE + ": key 1 has 5 bytes",
                        FILE_VARIABLE + ": does not exist");
    }

    @Test
    void misspeltVariablesAreUnknown() {
        assertThat(UnknownVariables.among(
                        Set.of(VARIABLE, FILE_VARIABLE, "LISTENKEYD_SECRETS_KEYS", "LISTENKEYD_SECRET_KEY"),
                        config(Map.of(), Map.of())))
                .containsExactly("LISTENKEYD_SECRETS_KEYS", "LISTENKEYD_SECRET_KEY");
    }

    @Test
    void variablesOfTheCommandLineAreKnown() {
        assertThat(UnknownVariables.among(
                        Set.of("LISTENKEYD_URL", "LISTENKEYD_TOKEN", "LISTENKEYD_TOKEN_FILE", "LISTENKEYD_TOKENS"),
                        config(Map.of(), Map.of())))
                .containsExactly("LISTENKEYD_TOKENS");
    }

    private Secrets read(Map<String, String> variables, Map<String, String> properties) {
        return new SecretsReader(config(variables, properties), violations).read();
    }

    private static Config config(Map<String, String> variables, Map<String, String> properties) {
        return new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .withSources(
                        new PropertiesConfigSource(properties, "properties", 260), new EnvConfigSource(variables, 300))
                .build();
    }
}
