package dev.listenkeyd.secrets;

import static dev.listenkeyd.store.StoreFolder.KEY;
import static dev.listenkeyd.store.StoreFolder.OTHER_KEY;
import static dev.listenkeyd.store.StoreFolder.key;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SecretKeysTest {
    private static final String SHORT = Base64.getEncoder().encodeToString(new byte[31]);
    private static final String LONG = Base64.getEncoder().encodeToString(new byte[33]);

    static Stream<Arguments> lists() {
        return Stream.of(
                Arguments.of(KEY, 1),
                Arguments.of(KEY.replace("=", ""), 1),
                Arguments.of("  " + KEY + "\r\n", 1),
                Arguments.of(KEY + "," + OTHER_KEY, 2),
                Arguments.of(KEY + " , " + OTHER_KEY, 2),
                Arguments.of("\n" + KEY + "\n\n" + OTHER_KEY + "," + key(3) + "\n", 3));
    }

    @ParameterizedTest
    @MethodSource("lists")
    void keysStandBetweenCommasAndOnLines(String text, int count) {
        SecretKeys keys = SecretKeys.parse(text);

        assertThat(keys.count()).isEqualTo(count);
        assertThat(keys.first().id()).isEqualTo(SecretKeys.parse(KEY).first().id());
        assertThat(keys.first().spec().getEncoded())
                .isEqualTo(Base64.getDecoder().decode(KEY));
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                Arguments.of("", List.of("no key in it")),
                Arguments.of(" \n \n", List.of("no key in it")),
                Arguments.of(SHORT, List.of("key 1 has 31 bytes instead of 32")),
                Arguments.of(LONG, List.of("key 1 has 33 bytes instead of 32")),
                Arguments.of("correct horse battery staple", List.of("key 1 is not base64")),
                Arguments.of(KEY + ",", List.of("key 2 has 0 bytes instead of 32")),
                Arguments.of("," + KEY, List.of("key 1 has 0 bytes instead of 32")),
                Arguments.of(KEY + " " + OTHER_KEY, List.of("key 1 is not base64")),
                Arguments.of(KEY + "\n" + KEY, List.of("key 2 is there twice")),
                Arguments.of(
                        SHORT + ",pass word!," + KEY + "," + OTHER_KEY + "," + KEY,
                        List.of("key 1 has 31 bytes", "key 2 is not base64", "key 5 is there twice")));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void allThatIsWrongIsSaidAndNothingOfTheKeys(String text, List<String> sentences) {
        assertThatThrownBy(() -> SecretKeys.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasNoCause()
                .message()
                .contains(sentences)
                .contains("openssl rand -base64 32")
                .doesNotContain(SHORT.substring(0, 8), KEY.substring(0, 8), OTHER_KEY.substring(0, 8), "pass", "horse");
    }

    @Test
    void nothingOfAKeyIsPrinted() {
        SecretKeys keys = SecretKeys.parse(KEY);

        assertThat(keys).hasToString("***");
        assertThat(keys.first()).hasToString("***");
        assertThat(keys.names()).matches("[0-9a-f]{8}");
    }
}
