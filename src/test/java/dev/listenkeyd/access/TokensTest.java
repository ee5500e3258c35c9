package dev.listenkeyd.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.files.TrustedFile;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokensTest {
    private static final String ONE = "one-0123456789abcdef";
    private static final String TWO = "two.0123456789~ABCDEF+/==";

    @TempDir
    private Path folder;

    @Test
    void aListHoldsSeveral() {
        Tokens tokens = Tokens.ofList(ONE + " , " + TWO);

        assertThat(tokens.count()).isEqualTo(2);
        assertThat(tokens.has(Tokens.hash(ONE))).isTrue();
        assertThat(tokens.has(Tokens.hash(TWO))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"one-0123456789abcde", "one-0123456789abcdefg", "ONE-0123456789ABCDEF", "x", ""})
    void onlyTheWholeTokenCounts(String other) {
        assertThat(Tokens.ofList(ONE).has(Tokens.hash(other))).isFalse();
    }

    @Test
    void everyByteOfTheHashCounts() {
        Tokens tokens = Tokens.ofList(ONE);

        for (int i = 0; i < 32; i++) {
            byte[] hash = Tokens.hash(ONE);
            hash[i] ^= 1;
            assertThat(tokens.has(hash)).as("byte " + i).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {Tokens.MIN_LENGTH, Tokens.MAX_LENGTH})
    void theBoundsAreTokens(int length) {
        String token = "x".repeat(length);

        assertThat(Tokens.ofList(token).has(Tokens.hash(token))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, Tokens.MIN_LENGTH - 1, Tokens.MAX_LENGTH + 1})
    void shorterAndLongerOnesAreRefused(int length) {
        assertThatThrownBy(() -> Tokens.ofList("x".repeat(length)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a token must have 16 to 512 characters");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "with a space-0123456789",
                "with\"quote-0123456789",
                "with=inside-0123456789",
                "with:colon-0123456789",
                "with\u00e9accent-0123456789",
                "with\nline-0123456789",
                "$with-dollar-0123456789",
            })
    void charactersThatAHeaderCantCarryAreRefusedAndNotRepeated(String token) {
        assertThatThrownBy(() -> Tokens.ofList(token))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("a token consists of")
                .hasMessageNotContaining("0123456789");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",", ONE + ",", "," + ONE, ONE + ",,"})
    void anEmptyPlaceInAListIsRefused(String list) {
        assertThatThrownBy(() -> Tokens.ofList(list)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void thereAreNotMoreThanRotationNeeds() {
        String most = String.join(",", java.util.Collections.nCopies(Tokens.MOST, ONE));

        assertThat(Tokens.ofList(most).count()).isEqualTo(Tokens.MOST);
        assertThatThrownBy(() -> Tokens.ofList(most + "," + ONE)).hasMessage("must hold 1 to 8 tokens");
    }

    @Test
    void aFileHoldsOneALine() throws IOException {
        Path file = TrustedFile.write(folder.resolve("tokens"), "\r\n " + ONE + "\r\n\n" + TWO);

        Tokens tokens = Tokens.ofFile(file);

        assertThat(tokens.isSameAs(Tokens.ofList(TWO + "," + ONE))).isTrue();
    }

    @Test
    void aFileWithoutAToken() throws IOException {
        Path empty = TrustedFile.write(folder.resolve("empty"), "\n \n");
        Path large = TrustedFile.write(folder.resolve("large"), (ONE + "\n").repeat(500));
        Path binary = TrustedFile.write(folder.resolve("binary"), "x".repeat(20) + "\u00ff");

        assertThatThrownBy(() -> Tokens.ofFile(empty)).hasMessage("must hold 1 to 8 tokens");
        assertThatThrownBy(() -> Tokens.ofFile(large)).hasMessage("is larger than 8192 bytes");
        assertThatThrownBy(() -> Tokens.ofFile(binary)).hasMessageStartingWith("a token consists of");
        assertThatThrownBy(() -> Tokens.ofFile(folder.resolve("missing"))).hasMessage("does not exist");
        assertThatThrownBy(() -> Tokens.ofFile(folder)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void printedTheyAreANumber() {
        assertThat(Tokens.ofList(ONE)).hasToString("1 token(s)");
    }
}
