package dev.listenkeyd.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.notify.sink.FileSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The files that follow listen keys. */
class SinksReaderTest {
    private static final String MAIN = "LISTENKEYD_ACCOUNTS_MAIN_SINK_FILE";
    private static final String MODE = MAIN + "_MODE";

    @TempDir
    private Path folder;

    @Test
    void noFileIsWrittenUnlessItIsSaid() {
        assertThat(sinks(Map.of("LISTENKEYD_ACCOUNTS_MAIN_API_KEY", "any"))).isEmpty();
    }

    @Test
    void anAccountHasAFile() {
        Map<String, String> variables =
                Map.of("LISTENKEYD_ACCOUNTS_MAIN_API_KEY", "any", MAIN, "/run/listenkeyd/main.json", MODE, "640");
        Map<String, String> properties = Map.of("listenkeyd.accounts.desk-2.sink-file", "/run/desk.key");

        assertThat(SettingsReaderTest.read(variables, properties).sinks())
                .containsExactlyInAnyOrder(
                        new FileSink(
                                "main",
                                Path.of("/run/listenkeyd/main.json"),
                                PosixFilePermissions.fromString("rw-r-----")),
                        new FileSink("desk-2", Path.of("/run/desk.key"), PosixFilePermissions.fromString("rw-------")));
    }

    /** Of which the API key comes by the API. */
    @Test
    void anAccountThatIsNotConfiguredMayHaveAFile() {
        Settings settings = SettingsReaderTest.read(Map.of(MAIN, "/run/main.json"));
        assertThat(settings.sinks()).hasSize(1);
        assertThat(settings.accounts().keys()).isEmpty();

        assertThat(SettingsReaderTest.read(Map.of(
                                "LISTENKEYD_SANDBOX", "true", "LISTENKEYD_ACCOUNTS_DEMO_SINK_FILE", "/run/demo.json"))
                        .sinks())
                .extracting(FileSink::account)
                .containsExactly("demo");
        assertThat(SettingsReaderTest.refusal(Map.of(MAIN, "/run/main.json", "LISTENKEYD_ACCOUNTS_MAIN_KEEP", "true")))
                .contains("LISTENKEYD_ACCOUNTS_MAIN: exactly one of _API_KEY and _API_KEY_FILE must be set");
    }

    @ParameterizedTest
    @CsvSource({"0600,rw-------", "0440,r--r-----", "644,rw-r--r--", "' 0400 ',r--------"})
    void theseModesWillDo(String mode, String permissions) {
        assertThat(sinks(Map.of(MAIN, "/run/main.json", MODE, mode)))
                .extracting(FileSink::mode)
                .containsExactly(PosixFilePermissions.fromString(permissions));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0660", "0606", "0700", "0200", "0000", "1600", "rw-------", "600 0", "6 00", "8"})
    void otherModesAreRefused(String mode) {
        assertThat(SettingsReaderTest.refusal(Map.of(MAIN, "/run/main.json", MODE, mode)))
                .contains(MODE + ": must be a mode such as 0600, 0640 or 0440");
    }

    /** By mistake a secret may stand there: it is not repeated. */
    @ParameterizedTest
    @ValueSource(strings = {"", "main.json", "./main.json", "/", "/run/", "s3cret", "/run/..", "\0"})
    void aFileMustHaveAnAbsolutePath(String file) {
        assertThat(SettingsReaderTest.refusal(Map.of(MAIN, file)))
                .containsAnyOf(
                        MAIN + ": must be the absolute path of a file\n",
                        MAIN + ": must be the absolute path of a file",
                        MAIN + ": not the path of a file")
                .doesNotContain("s3cret");
    }

    @Test
    void namesOfTemporaryFilesAreRefused() {
        assertThat(SettingsReaderTest.refusal(Map.of(MAIN, "/run/.main.json.tmp")))
                .contains(MAIN + ": must not end in .tmp");
    }

    @Test
    void twoAccountsCannotHaveOneFile() {
        String other = "LISTENKEYD_ACCOUNTS_OTHER_SINK_FILE";

        for (String same : List.of("/run/main.json", "/run/./main.json", "/run/x/../main.json")) {
            assertThat(SettingsReaderTest.refusal(Map.of(MAIN, "/run/main.json", other, same)))
                    .contains(other + "=" + same + ": is the file of " + MAIN);
        }
        assertThat(sinks(Map.of(MAIN, "/run/main.json", other, "/run/other.json")))
                .hasSize(2);
    }

    /** Otherwise the file would be replaced: the store, or the very API key. */
    @Test
    void aFileOfAnotherSettingIsRefused() throws IOException {
        String store = folder.resolve("leases.db").toString();
        String apiKey = Files.writeString(folder.resolve("api-key"), "any").toString();
        Map<String, String> variables = new HashMap<>(Map.of(
                "LISTENKEYD_STORE_FILE", store,
                "LISTENKEYD_ACCOUNTS_A_API_KEY_FILE", apiKey));
        for (String end : List.of("", ".key", "-wal", "-shm", "-journal", ".accounts-dir")) {
            variables.put(MAIN, store + end);
            assertThat(SettingsReaderTest.refusal(variables))
                    .contains(MAIN + "=" + store + end + ": is the file of LISTENKEYD_STORE_FILE");
        }
        variables.put(MAIN, apiKey);
        assertThat(SettingsReaderTest.refusal(variables))
                .contains(MAIN + "=" + apiKey + ": is the file of LISTENKEYD_ACCOUNTS_A_API_KEY_FILE");

        Map<String, String> properties = Map.of(
                "listenkeyd.clients.bot.token-file", folder.resolve("token").toString());
        assertThat(SettingsReaderTest.refusal(
                        Map.of(MAIN, folder.resolve("token").toString()), properties))
                .contains(": is the file of LISTENKEYD_CLIENTS_BOT_TOKEN_FILE");

        // The default of the store is relative.
        String ofDefault = Path.of("data/listenkeyd.db").toAbsolutePath().toString();
        assertThat(SettingsReaderTest.refusal(Map.of(MAIN, ofDefault))).contains("LISTENKEYD_STORE_FILE");
    }

    @Test
    void allViolationsAreToldAtOnce() {
        assertThat(SettingsReaderTest.refusal(
                        Map.of(MAIN, "main.json", MODE, "777", "LISTENKEYD_ACCOUNTS_OTHER_SINK_FILE_MODE", "0600")))
                .contains(
                        MAIN + ": must be the absolute path of a file",
                        MODE + ": must be a mode such as",
                        "LISTENKEYD_ACCOUNTS_OTHER_SINK_FILE_MODE: there is no LISTENKEYD_ACCOUNTS_OTHER_SINK_FILE");
    }

    @Test
    void theNumberOfFilesIsBounded() {
        Map<String, String> variables = new HashMap<>();
        for (int i = 0; i < 256; i++) {
            variables.put("LISTENKEYD_ACCOUNTS_A" + i + "_SINK_FILE", "/run/" + i);
        }
        assertThat(sinks(variables)).hasSize(256);

        variables.put(MAIN, "/run/main");
        assertThat(SettingsReaderTest.refusal(variables)).contains("at most 256 files; these are 257");
    }

    private static List<FileSink> sinks(Map<String, String> variables) {
        return SettingsReaderTest.read(variables).sinks();
    }
}
