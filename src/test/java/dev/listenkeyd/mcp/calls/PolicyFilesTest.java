package dev.listenkeyd.mcp.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.config.PolicyFile;
import dev.listenkeyd.files.TrustedFile;
import dev.listenkeyd.policy.Policy;
import dev.listenkeyd.telemetry.LogRecording;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Policies whose files change while they are in force. */
class PolicyFilesTest {
    private static final String ALLOW = "{\"version\":\"1\",\"default\":\"allow\"}";
    private static final String DENY = "{\"version\":\"1\",\"default\":\"deny\"}";

    @TempDir
    Path folder;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final LogRecording log = new LogRecording("listenkeyd.policy");
    private Path file = Path.of("");
    private PolicyFiles policies = new PolicyFiles(null, Map.of(), registry);

    @BeforeEach
    void begin() throws IOException {
        file = TrustedFile.write(folder.resolve("policy.json"), ALLOW);
        policies = new PolicyFiles(PolicyFile.read(file), Map.of(), registry);
    }

    @AfterEach
    void stopListening() {
        log.close();
    }

    @Test
    void aClientsOwnPolicyGoesBeforeTheOneForAll() throws IOException {
        Path own = TrustedFile.write(folder.resolve("own.json"), DENY);
        policies = new PolicyFiles(PolicyFile.read(file), Map.of("bot", PolicyFile.read(own)), registry);

        assertThat(allows("bot")).isFalse();
        assertThat(allows("other")).isTrue();
    }

    /** A slip in a name would leave the tool to the default, and nobody would know. */
    @Test
    void namesThatAreNoToolsAreTold() throws IOException {
        assertThat(log.lines).isEmpty();

        replace("{\"version\":\"1\",\"default\":\"allow\",\"hide\":[\"BinanceOptionsDeletListenKey\"],"
                + "\"tools\":{\"BinanceOptionsListenKeyStatus\":{}}}");
        policies.reread();

        assertThat(log.lines)
                .anyMatch(
                        line -> line.startsWith("WARN")
                                && line.endsWith(
                                        "names 1 tool(s) that this server does not have, such as BinanceOptionsDeletListenKey"));
    }

    @Test
    void withoutAFileThereIsNoPolicy() {
        policies = new PolicyFiles(null, Map.of(), registry);

        assertThat(policies.any()).isFalse();
        assertThat(policies.of("bot")).isNull();
    }

    @Test
    void aFileThatIsReplacedIsInForceWhenItIsReadNext() throws IOException {
        replace(DENY);
        assertThat(allows("bot")).isTrue();

        policies.reread();
        policies.reread();

        assertThat(allows("bot")).isFalse();
        assertThat(reloads("applied")).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
        {"version":"1","default":"deny","rules":[]}   | /rules: is not known here
        {"version":"1","version":"1"}                 | is not valid JSON at line 1
        {"version":"1"} x                             | is not valid JSON at line 1
        {"version":"1"                                | is not valid JSON at line 1
        ~~                                            | is not valid JSON
        """)
    void aFileThatIsNoPolicyChangesNothingAndIsToldOnce(String content, String complaint) throws IOException {
        replace(content);

        policies.reread();
        policies.reread();

        assertThat(allows("bot")).isTrue();
        assertThat(reloads("refused")).isEqualTo(1);
        assertThat(log.everything)
                .singleElement()
                .asString()
                .contains(complaint, "the previous one stays in force")
                .doesNotContain("\"version\"");

        replace(DENY);
        policies.reread();
        assertThat(allows("bot")).isFalse();
    }

    @Test
    void aFileThatIsGoneChangesNothingUntilItIsBack() throws IOException {
        Files.delete(file);
        policies.reread();
        policies.reread();
        assertThat(allows("bot")).isTrue();
        assertThat(reloads("refused")).isEqualTo(1);

        TrustedFile.write(file, DENY);
        policies.reread();

        assertThat(allows("bot")).isFalse();
    }

    /** Nothing but its permissions has changed; whoever may write it could change the rest. */
    @Test
    void aFileThatOthersMayWriteByNowChangesNothingAndIsToldOnce() throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));
        policies.reread();
        Files.writeString(file, DENY);
        policies.reread();
        policies.reread();

        assertThat(allows("bot")).isTrue();
        assertThat(reloads("refused")).isBetween(1.0, 2.0);
        assertThat(log.lines)
                .first()
                .asString()
                .contains("may be written by others than its owner (rw-rw-r--)", "the previous one stays in force");

        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        policies.reread();
        assertThat(allows("bot")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-rw-r--", "rw-r--rw-"})
    void aPolicyThatOthersMayWriteIsNotReadAtTheStart(String mode) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));

        assertThatThrownBy(() -> PolicyFile.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("may be written by others than its owner (" + mode + ")");
    }

    @Test
    void aFileThatIsTooLargeIsNotReadAtAll() throws IOException {
        Files.writeString(file, ALLOW + " ".repeat(PolicyFile.MAX_BYTES));

        assertThatThrownBy(() -> PolicyFile.read(file)).hasMessage("is larger than 65536 bytes");
    }

    private boolean allows(String client) {
        Policy policy = policies.of(client);
        return policy != null && policy.allowsByDefault();
    }

    private double reloads(String result) {
        return registry.get("listenkey.policy.reloads")
                .tag("result", result)
                .counter()
                .count();
    }

    private void replace(String content) throws IOException {
        Path newer = TrustedFile.write(folder.resolve("newer.json"), content);
        Files.move(newer, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
