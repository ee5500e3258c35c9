package dev.listenkeyd.binance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ApiKeysTest {
    private static final Secret CONFIGURED = new Secret("configured");
    private static final Secret REGISTERED = new Secret("registered");
    private static final Lease MAIN = lease("main", null);

    @TempDir
    private Path folder;

    private Path file = Path.of("");
    private ApiKeys fromFile = new ApiKeys(Map.of(), Map.of());

    @BeforeEach
    void aKeyThatWasReadFromItsFile() throws IOException {
        file = Files.writeString(folder.resolve("api-key"), "first\n");
        fromFile = new ApiKeys(Map.of("main", ApiKeys.read(file)), Map.of("main", file));
    }

    @Test
    void theConfiguredKeyGoesBeforeTheRegisteredOne() {
        ApiKeys keys = new ApiKeys(Map.of("main", CONFIGURED), Map.of());

        assertThat(keys.of(lease("main", REGISTERED))).isEqualTo(CONFIGURED);
        assertThat(keys.of(lease("other", REGISTERED))).isEqualTo(REGISTERED);
        assertThat(keys.of(lease("other", null))).isNull();
        assertThat(keys.accounts()).containsExactly("main");
    }

    @Test
    void aFileIsReadAgainOnlyAfterItsKeyWasRefused() throws IOException {
        Files.writeString(file, "second\n");
        assertThat(fromFile.of(MAIN)).isEqualTo(new Secret("first"));

        fromFile.refused("main");

        assertThat(fromFile.of(MAIN)).isEqualTo(new Secret("second"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "two words", "two\nlines"})
    void aFileThatIsBeingReplacedLeavesTheOldKey(String content) throws IOException {
        Files.writeString(file, content);

        fromFile.refused("main");

        assertThat(fromFile.of(MAIN)).isEqualTo(new Secret("first"));
    }

    @Test
    void aMissingFileLeavesTheOldKeyUntilItIsThereAgain() throws IOException {
        Files.delete(file);
        fromFile.refused("main");
        assertThat(fromFile.of(MAIN)).isEqualTo(new Secret("first"));

        Files.writeString(file, "second");
        fromFile.refused("main");
        assertThat(fromFile.of(MAIN)).isEqualTo(new Secret("second"));
    }

    @Test
    void theRefusalOfAKeyWithoutFileChangesNothing() {
        ApiKeys keys = new ApiKeys(Map.of("main", CONFIGURED), Map.of());

        keys.refused("main");
        keys.refused("unknown");

        assertThat(keys.of(MAIN)).isEqualTo(CONFIGURED);
        assertThat(keys.accounts()).containsExactly("main");
    }

    @Test
    void whiteSpaceAroundAKeyIsNotPartOfIt() throws IOException {
        Files.writeString(file, " \t first \r\n\n");

        assertThat(ApiKeys.read(file)).isEqualTo(new Secret("first"));
    }

    @Test
    void theWrongFileIsNotRepeated() throws IOException {
        Files.writeString(file, "not a key but a private one");
        assertThatThrownBy(() -> ApiKeys.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .doesNotContain("private");

        Files.writeString(file, "k".repeat(4097));
        assertThatThrownBy(() -> ApiKeys.read(file)).hasMessage("is larger than 4096 bytes");
        assertThatThrownBy(() -> ApiKeys.read(folder.resolve("missing"))).hasMessage("does not exist");
    }

    @Test
    void aFileThatIsNoTextIsTheWrongFile() throws IOException {
        Files.write(file, new byte[] {(byte) 0xFF, (byte) 0xFE, 0});

        assertThatThrownBy(() -> ApiKeys.read(file)).isInstanceOf(IllegalArgumentException.class);
    }

    private static Lease lease(String account, @Nullable Secret apiKey) {
        return Lease.registered(new Registration(account, apiKey, OnLoss.RECREATE, "bot", Instant.EPOCH), null);
    }
}
