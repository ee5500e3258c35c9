package dev.listenkeyd.binance.stream;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of a message. */
class StreamMessageTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"e\":\"listenKeyExpired\",\"E\":\"1736996475556\",\"listenKey\":\"the-key\"}",
                "{\"e\":\"listenKeyExpired\",\"E\":1736996475556,\"listenKey\":\"the-key\"}",
                "{\"listenKey\":\"the-key\",\"E\":1,\"e\":\"listenKeyExpired\"}",
                " {\"more\":{\"e\":\"x\",\"listenKey\":[1]},\"e\":\"listenKeyExpired\",\"listenKey\":\"the-key\"} ",
            })
    void anExpiryNamesItsKey(String message) {
        assertThat(StreamMessage.expiredKey(message)).isEqualTo("the-key");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "\"listenKeyExpired\"",
                "{",
                "{\"e\":",
                "{\"e\":\"listenKeyExpired\"}",
                "{\"e\":\"listenKeyExpired\",\"listenKey\":null}",
                "{\"e\":\"listenKeyExpired\",\"listenKey\":{\"listenKey\":\"the-key\"}}",
                "{\"e\":\"listenKeyExpired\",\"listenKey\":\"the-",
                "{\"e\":[\"listenKeyExpired\"],\"listenKey\":\"the-key\"}",
                "{\"e\":\"ACCOUNT_UPDATE\",\"listenKey\":\"the-key\"}",
                "{\"a\":{\"e\":\"listenKeyExpired\",\"listenKey\":\"the-key\"}}",
                "<html>listenKeyExpired</html>",
            })
    void everyOtherMessageSaysNothing(String message) {
        assertThat(StreamMessage.expiredKey(message)).isNull();
    }

    @Test
    void depthAndLengthDoNoHarm() {
        assertThat(StreamMessage.expiredKey("{\"a\":" + "[".repeat(60_000))).isNull();
        assertThat(StreamMessage.expiredKey("{\"a\":" + "9".repeat(60_000) + "}"))
                .isNull();
        assertThat(StreamMessage.expiredKey("{\"" + "a".repeat(60_000) + "\":1}"))
                .isNull();
    }
}
