package dev.listenkeyd.notify;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class WebhookKeyTest {

    /** A message of the tests of the official libraries; src/test/webhook-receiver has one of them check ours. */
    @Test
    void signsAsStandardWebhooksHasIt() {
        WebhookKey key = WebhookKey.of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

        String signature =
                key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}".getBytes(UTF_8));

        assertThat(signature).isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    @Test
    void aKeyHas24To64Bytes() {
        for (int bytes : new int[] {24, 32, 64}) {
            assertThat(WebhookKey.of(secret(bytes))).hasToString("***");
        }
        assertThatThrownBy(() -> WebhookKey.of(secret(23))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> WebhookKey.of(secret(65))).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_hunter2-hunter2-hunter2-hunter2!"})
    void noMessageRepeatsWhatIsNoKey(String secret) {
        assertThatThrownBy(() -> WebhookKey.of(secret))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("hunter2")
                .hasMessageNotContaining("MfKQ")
                .hasNoCause();
    }

    private static String secret(int bytes) {
        return "whsec_" + Base64.getEncoder().encodeToString(new byte[bytes]);
    }
}
