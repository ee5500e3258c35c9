package dev.listenkeyd.binance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.renewal.Secret;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTest {
    private static final String KEY = "aZ09_-".repeat(11);

    @ParameterizedTest
    @ValueSource(strings = {"", "This listenKey does not exist.", "Grüße, 你好", "1234567890123456789012345678901"})
    void leavesOrdinaryTextAlone(String text) {
        assertThat(Printable.of(text)).isEqualTo(text);
    }

    @ParameterizedTest(name = "U+{0}")
    @ValueSource(
            ints = {
                0x00, 0x07, 0x09, 0x0A, 0x0D, 0x1B, 0x7F, 0x85, 0x9B, 0xD800, 0x200B, 0x200D, 0x2028, 0x2029, 0x202E,
                0x2066, 0xFEFF, 0xDFFF, 0xE000, 0xE0041, 0x10FFFF
            })
    void aCharacterThatMovesTheCursorBecomesASpace(int codePoint) {
        assertThat(Printable.of("a" + Character.toString(codePoint) + "b")).isEqualTo("a b");
    }

    @Test
    void aRowOfThemBecomesOneSpace() {
        assertThat(Printable.of("a\r\n\t\u0000\u2028b")).isEqualTo("a b");
    }

    @ParameterizedTest
    @CsvSource({"31, false", "32, true", "64, true", "65, true", "256, true"})
    void whatCouldBeAKeyIsMasked(int length, boolean masked) {
        String word = "k".repeat(length);

        assertThat(Printable.of("key=" + word + "!")).isEqualTo(masked ? "key=***!" : "key=" + word + "!");
    }

    @Test
    void theNameOfAnExceptionIsNoKey() {
        String failure =
                "java.security.InvalidAlgorithmParameterException: the trustAnchors parameter must be non-empty";

        assertThat(Printable.of(failure)).isEqualTo(failure);
        assertThat(Printable.of(KEY + "Exception " + "k".repeat(64) + "Exception NoException" + KEY))
                .isEqualTo("*** *** ***");
    }

    @Test
    void everyKeyIsMaskedWhereverItStands() {
        assertThat(Printable.of(KEY + " and \"" + KEY + "\"/" + KEY)).isEqualTo("*** and \"***\"/***");
    }

    @Test
    void aKeyOnTheEdgeOfTheBoundIsMaskedBeforeTheTextIsCut() {
        String text = "blah ".repeat(38) + KEY;

        assertThat(Printable.of(text)).isEqualTo("blah ".repeat(38) + "***");
    }

    @Test
    void aLongTextIsCut() {
        String longest = "blah ".repeat(40);

        assertThat(Printable.of(longest)).isEqualTo(longest);
        assertThat(Printable.of(longest + "x")).isEqualTo(longest + "...");
    }

    /** Half of a pair can't be written as UTF-8. */
    @Test
    void noPairOfSurrogatesIsCutInTwo() {
        String smile = Character.toString(0x1F600);

        assertThat(Printable.of("blah ".repeat(39) + "blah" + smile + "x"))
                .isEqualTo("blah ".repeat(39) + "blah" + "...");
        assertThat(Printable.of("blah ".repeat(39) + "bla" + smile + "xx"))
                .isEqualTo("blah ".repeat(39) + "bla" + smile + "...");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"my-api-key", "My+Api/Key=", "$1\\2$3\\4", "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"})
    void aSecretThatThePeerKnowsIsMaskedWhateverItLooksLike(String key) {
        List<Secret> secrets = List.of(new Secret("another"), new Secret(key));

        assertThat(Printable.of("no " + key + ", nor " + key.toUpperCase(Locale.ROOT) + "!", secrets))
                .isEqualTo("no ***, nor ***!");
    }

    @Test
    void whatIsTooShortToBeASecretStaysInWords() {
        assertThat(Printable.of("banned until 1", List.of(new Secret("until")))).isEqualTo("banned until 1");
    }

    @Test
    void aSecretOnTheEdgeOfTheBoundIsMaskedBeforeTheTextIsCut() {
        assertThat(Printable.of("blah ".repeat(39) + "my-api-key", List.of(new Secret("my-api-key"))))
                .isEqualTo("blah ".repeat(39) + "***");
    }
}
