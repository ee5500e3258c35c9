package dev.listenkeyd.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.binance.stream.StreamWatch.Scope;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which streams are watched, and that listen keys go nowhere in the clear. */
class StreamWatchReaderTest {

    @Test
    void nothingIsWatchedUnlessItIsSaid() {
        assertThat(scope(Map.of())).isEqualTo(new Scope(false, Set.of(), Set.of(), 200));
        assertThat(scope(Map.of()).isEmpty()).isTrue();
        assertThat(scope(Map.of("LISTENKEYD_BINANCE_STREAM_URL", "ws://example.com/")))
                .as("the address is just handed out")
                .extracting(Scope::isEmpty)
                .isEqualTo(true);
    }

    @Test
    void allOrSomeAccountsAreWatched() {
        assertThat(scope(Map.of(
                        "LISTENKEYD_STREAM_WATCH", "true",
                        "LISTENKEYD_STREAM_WATCH_MAX", "7",
                        "LISTENKEYD_ACCOUNTS_MAIN_API_KEY", "any",
                        "LISTENKEYD_ACCOUNTS_MAIN_WATCH", "",
                        "LISTENKEYD_ACCOUNTS_QUIET_API_KEY", "any",
                        "LISTENKEYD_ACCOUNTS_QUIET_WATCH", "FALSE")))
                .isEqualTo(new Scope(true, Set.of(), Set.of("quiet"), 7));
        Scope one = scope(Map.of("LISTENKEYD_ACCOUNTS_MAIN_API_KEY", "any", "LISTENKEYD_ACCOUNTS_MAIN_WATCH", "true"));
        assertThat(one).isEqualTo(new Scope(false, Set.of("main"), Set.of(), 200));
        assertThat(one.isEmpty()).isFalse();
    }

    @Test
    void wrongSettingsAreRefused() {
        assertThat(SettingsReaderTest.refusal(Map.of(
                        "LISTENKEYD_STREAM_WATCH", "always",
                        "LISTENKEYD_STREAM_WATCH_MAX", "1",
                        "LISTENKEYD_ACCOUNTS_A_API_KEY", "any",
                        "LISTENKEYD_ACCOUNTS_A_WATCH", "sometimes",
                        "LISTENKEYD_ACCOUNTS_B_API_KEY", "any",
                        "LISTENKEYD_ACCOUNTS_B_WATCH", "true",
                        "LISTENKEYD_ACCOUNTS_C_API_KEY", "any",
                        "LISTENKEYD_ACCOUNTS_C_WATCH", "true")))
                .contains(
                        "LISTENKEYD_STREAM_WATCH=always: neither true nor false",
                        "LISTENKEYD_ACCOUNTS_A_WATCH: neither true nor false",
                        "LISTENKEYD_STREAM_WATCH_MAX=1: 2 accounts have _WATCH=true");
        assertThat(SettingsReaderTest.refusal(Map.of("LISTENKEYD_STREAM_WATCH_MAX", "0")))
                .contains("LISTENKEYD_STREAM_WATCH_MAX=0: must be at least 1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ws://example.com/ws/", "ws://127.0.0.1.example.com/", "ws://localhost.example.com/"})
    void listenKeysTravelEncryptedUnlessToThisMachine(String address) {
        assertThat(SettingsReaderTest.refusal(watching(address)))
                .contains("LISTENKEYD_BINANCE_STREAM_URL=" + address
                        + ": the stream watch sends listen keys by wss only");
    }

    @ParameterizedTest
    @ValueSource(strings = {"wss:///ws/", "wss://me:pass@example.com/", "wss://example.com/#x"})
    void anAddressThatIsNoneIsRefused(String address) {
        assertThat(SettingsReaderTest.refusal(watching(address)))
                .contains("LISTENKEYD_BINANCE_STREAM_URL", "not an address such as wss://")
                .doesNotContain("pass@");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "wss://example.com/ws/",
                "ws://localhost:1/",
                "ws://127.0.0.1/",
                "ws://[::1]:8080/sandbox/stream/ws/"
            })
    void theseWillDo(String address) {
        assertThat(scope(watching(address)).all()).isTrue();
    }

    private static Map<String, String> watching(String address) {
        return new HashMap<>(Map.of("LISTENKEYD_STREAM_WATCH", "true", "LISTENKEYD_BINANCE_STREAM_URL", address));
    }

    private static Scope scope(Map<String, String> variables) {
        return SettingsReaderTest.read(variables).streamWatch();
    }
}
