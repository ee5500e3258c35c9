package dev.listenkeyd.binance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Secret;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LogSanitizerTest {
    private static final String KEY = "aZ09_-".repeat(11);

    @ParameterizedTest
    @ValueSource(strings = {"", "This listenKey does not exist.", "Grüße, 你好", "1234567890123456789012345678901"})
    void leavesOrdinaryTextAlone(String text) {
        assertThat(LogSanitizer.of(text)).isEqualTo(text);
    }

    @ParameterizedTest(name = "U+{0}")
    @ValueSource(
            ints = {
                0x00, 0x07, 0x09, 0x0A, 0x0D, 0x1B, 0x7F, 0x85, 0x9B, 0xD800, 0x200B, 0x200D, 0x2028, 0x2029, 0x202E,
                0x2066, 0xFEFF, 0xDFFF, 0xE000, 0xE0041, 0x10FFFF
            })
    void aCharacterThatMovesTheCursorBecomesASpace(int codePoint) {
        assertThat(LogSanitizer.of("a" + Character.toString(codePoint) + "b")).isEqualTo("a b");
    }

    @Test
    void aRowOfThemBecomesOneSpace() {
        assertThat(LogSanitizer.of("a\r\n\t\u0000\u2028b")).isEqualTo("a b");
    }

    @ParameterizedTest
    @CsvSource({"31, false", "32, true", "64, true", "65, true", "256, true"})
    void aWordThatMayBeAKeyIsMasked(int length, boolean masked) {
        String word = "k".repeat(length);

        assertThat(LogSanitizer.of("key=" + word + "!")).isEqualTo(masked ? "key=***!" : "key=" + word + "!");
    }

    @Test
    void theNameOfAnExceptionIsNoKey() {
        String failure =
                "java.security.InvalidAlgorithmParameterException: the trustAnchors parameter must be non-empty";

        assertThat(LogSanitizer.of(failure)).isEqualTo(failure);
        assertThat(LogSanitizer.of(KEY + "Exception " + "k".repeat(64) + "Exception NoException" + KEY))
                .isEqualTo("*** *** ***");
    }

    @Test
    void everyKeyIsMaskedWhereverItStands() {
        assertThat(LogSanitizer.of(KEY + " and \"" + KEY + "\"/" + KEY)).isEqualTo("*** and \"***\"/***");
    }

    @Test
    void aKeyOnTheEdgeOfTheBoundIsMaskedBeforeTheTextIsCut() {
        String text = "blah ".repeat(38) + KEY;

        assertThat(LogSanitizer.of(text)).isEqualTo("blah ".repeat(38) + "***");
    }

    @Test
    void aLongTextIsCut() {
        String longest = "blah ".repeat(40);

        assertThat(LogSanitizer.of(longest)).isEqualTo(longest);
        assertThat(LogSanitizer.of(longest + "x")).isEqualTo(longest + "...");
    }

    /** Half of a pair can't be written as UTF-8. */
    @Test
    void noPairOfSurrogatesIsCutInTwo() {
        String smile = Character.toString(0x1F600);

        assertThat(LogSanitizer.of("blah ".repeat(39) + "blah" + smile + "x"))
                .isEqualTo("blah ".repeat(39) + "blah" + "...");
        assertThat(LogSanitizer.of("blah ".repeat(39) + "bla" + smile + "xx"))
                .isEqualTo("blah ".repeat(39) + "bla" + smile + "...");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"my-api-key", "My+Api/Key=", "$1\\2$3\\4", "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"})
    void aSecretThatThePeerKnowsIsMaskedWhateverItLooksLike(String key) {
        List<Secret> secrets = List.of(new Secret("another"), new Secret(key));

        assertThat(LogSanitizer.of("no " + key + ", nor " + key.toUpperCase(Locale.ROOT) + "!", secrets))
                .isEqualTo("no ***, nor ***!");
    }

    @Test
    void aSecretThatIsTooShortIsNotMasked() {
        assertThat(LogSanitizer.of("banned until 1", List.of(new Secret("until"))))
                .isEqualTo("banned until 1");
    }

    @Test
    void aSecretOnTheEdgeOfTheBoundIsMaskedBeforeTheTextIsCut() {
        assertThat(LogSanitizer.of("blah ".repeat(39) + "my-api-key", List.of(new Secret("my-api-key"))))
                .isEqualTo("blah ".repeat(39) + "***");
    }
}
