package dev.listenkeyd.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The setting that names the folder of accounts. */
class AccountsFolderReaderTest {
    private static final String KEY = "A".repeat(43) + "=";

    @TempDir
    private Path folder;

    private final Map<String, String> variables = new HashMap<>();

    private Settings read() {
        variables.put("LISTENKEYD_ACCOUNTS_DIR", folder.toString());
        return SettingsReaderTest.read(variables);
    }

    private void assertRefused(String reason) {
        assertThatThrownBy(this::read).hasMessageContaining(reason).hasMessageNotContaining(KEY);
    }

    @Test
    void aFolderThatIsNotThereYetStopsNoStart() {
        variables.put("LISTENKEYD_ACCOUNTS_DIR", folder.resolve("missing").toString());

        assertThat(SettingsReaderTest.read(variables).accounts().folder()).isEqualTo(folder.resolve("missing"));
    }

    @Test
    void withoutTheSettingThereIsNone() {
        assertThat(SettingsReaderTest.read(variables).accounts().folder()).isNull();
    }

    @Test
    void whatIsNoPathIsNotRepeated() {
        variables.put("LISTENKEYD_ACCOUNTS_DIR", KEY + "\0");

        assertThatThrownBy(() -> SettingsReaderTest.read(variables))
                .hasMessageContaining("LISTENKEYD_ACCOUNTS_DIR: not the path of a folder")
                .hasMessageNotContaining(KEY);
    }

    /** Its content would be sent to the exchange. */
    @Test
    void noOtherSecretMayStandInTheFolder() throws IOException {
        Path file = Files.writeString(folder.resolve("secrets-key"), KEY);
        variables.put("LISTENKEYD_SECRETS_KEY_FILE", file.toString());

        assertRefused("LISTENKEYD_ACCOUNTS_DIR: the file of LISTENKEYD_SECRETS_KEY_FILE stands in this folder");
    }

    @Test
    void theFileOfAnAccountOfTheSettingsMayNotStandThereEither() throws IOException {
        Path file = Files.writeString(folder.resolve("main"), KEY);
        variables.put(
                "LISTENKEYD_ACCOUNTS_MAIN_API_KEY_FILE", folder.resolve("..").resolve(folder.getFileName()) + "/main");

        assertThat(file).exists();
        assertRefused(
                "LISTENKEYD_ACCOUNTS_DIR: the file of LISTENKEYD_ACCOUNTS_MAIN_API_KEY_FILE stands in this folder");
    }

    /** As credentials of systemd, which are all in one folder. */
    @Test
    void anotherSecretMayHaveANameWithADot() throws IOException {
        Path file = Files.writeString(folder.resolve(".secrets-key"), KEY);
        variables.put("LISTENKEYD_SECRETS_KEY_FILE", file.toString());

        assertThat(read().accounts().folder()).isEqualTo(folder);
    }

    @Test
    void anAccountOfTheFolderMayHaveOtherSettings() {
        variables.put("LISTENKEYD_ACCOUNTS_MAIN_WATCH", "true");

        assertThat(read().accounts().keys()).isEmpty();
        variables.put("LISTENKEYD_ACCOUNTS_MAIN_KEEP", "true");
        assertRefused("LISTENKEYD_ACCOUNTS_MAIN: exactly one of _API_KEY and _API_KEY_FILE must be set");
    }

    @Test
    void theSandboxIsNoPlaceForIt() {
        variables.put("LISTENKEYD_SANDBOX", "true");

        assertRefused("LISTENKEYD_SANDBOX=true: unset the accounts");
    }
}
