package dev.listenkeyd.binance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsedWeightTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Instant NOW = Instant.parse("2026-11-22T10:20:30Z");

    @ParameterizedTest(name = "{0} in windows of {1}, until {2}")
    @CsvSource({
        "x-mbx-used-weight-1m, PT1M, 2026-11-22T10:21:00Z",
        "x-mbx-used-weight-60s, PT1M, 2026-11-22T10:21:00Z",
        "x-mbx-used-weight-10s, PT10S, 2026-11-22T10:20:40Z",
        "x-mbx-used-weight-5m, PT5M, 2026-11-22T10:25:00Z",
        "x-mbx-used-weight-1h, PT1H, 2026-11-22T11:00:00Z",
        "x-mbx-used-weight-1d, PT24H, 2026-11-23T00:00:00Z",
    })
    void readsTheCountOfOurWindowAndWhenItEnds(String header, Duration window, Instant windowEnds) {
        Reply reply = reply(Map.of(header, "37"));

        assertThat(UsedWeight.of(reply, window, NOW)).isEqualTo(new UsedWeight(37, windowEnds));
    }

    @Test
    void aWindowEndsAfterNowEvenOnItsEdge() {
        Instant edge = Instant.parse("2026-11-22T10:21:00Z");
        Reply reply = reply(Map.of("x-mbx-used-weight-1m", "0"));

        assertThat(UsedWeight.of(reply, MINUTE, edge)).isEqualTo(new UsedWeight(0, edge.plus(MINUTE)));
        assertThat(UsedWeight.of(reply, MINUTE, edge.minusMillis(1))).isEqualTo(new UsedWeight(0, edge));
    }

    @Test
    void picksOurWindowOutOfSeveral() {
        Map<String, String> headers = new HashMap<>();
        headers.put("x-mbx-used-weight", "1");
        headers.put("x-mbx-used-weight-1s", "2");
        headers.put("x-mbx-used-weight-1m", "3");
        headers.put("x-mbx-used-weight-1h", "4");
        headers.put("x-mbx-order-count-1m", "5");

        assertThat(UsedWeight.of(reply(headers), MINUTE, NOW))
                .isEqualTo(new UsedWeight(3, Instant.parse("2026-11-22T10:21:00Z")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x-mbx-used-weight",
                "x-mbx-used-weight-1h",
                "x-mbx-used-weight-1x",
                "x-mbx-used-weight-m",
                "x-mbx-used-weight-99999m",
                "x-mbx-order-count-1m",
            })
    void otherHeadersSayNothingOfOurWindow(String header) {
        assertThat(UsedWeight.of(reply(Map.of(header, "37")), MINUTE, NOW)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "many", "3.5", "9999999999"})
    void aWrongCountIsIgnored(String value) {
        assertThat(UsedWeight.of(reply(Map.of("x-mbx-used-weight-1m", value)), MINUTE, NOW))
                .isNull();
    }

    private static Reply reply(Map<String, String> headers) {
        Map<String, List<String>> values = new HashMap<>();
        headers.forEach((name, value) -> values.put(name, List.of(value)));
        return new Reply(200, "{}", values);
    }
}
