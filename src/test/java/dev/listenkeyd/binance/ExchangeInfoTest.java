package dev.listenkeyd.binance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExchangeInfoTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    /** As the documentation shows it: the limits come after every contract there is. */
    @Test
    void findsTheLimitBehindAllContracts() {
        String symbol =
                "{\"contractId\":2,\"symbol\":\"BTC-220815-50000-C\",\"filters\":[{\"filterType\":\"LOT_SIZE\"}],"
                        + "\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"MINUTE\",\"intervalNum\":1,\"limit\":1}]},";
        String body = "{\"timezone\":\"UTC\",\"serverTime\":1592387156596,\"optionSymbols\":[" + symbol.repeat(5000)
                + "{}],\"rateLimits\":[" + limit("REQUEST_WEIGHT", "MINUTE", 1, 2400) + ","
                + limit("ORDERS", "MINUTE", 1, 1200) + "]}";

        assertThat(ExchangeInfo.requestWeight(body, MINUTE)).isEqualTo(2400);
    }

    @ParameterizedTest(name = "{2} per {1} {0}, our window {3}: {4}")
    @CsvSource({
        "MINUTE, 1, 400, PT1M, 400",
        "MINUTE, 1, 400, PT30S, 200",
        "MINUTE, 1, 400, PT5M, 400",
        "SECOND, 10, 50, PT1M, 50",
        "MINUTE, 5, 6000, PT1M, 1200",
        "HOUR, 1, 6000, PT1M, 100",
        "DAY, 1, 100, PT1M, 1",
        "MINUTE, 1, 99999999999, PT1M, 2147483647",
    })
    void countsForOurWindow(String interval, int count, long limit, Duration window, int expected) {
        String body = "{\"rateLimits\":[" + limit("REQUEST_WEIGHT", interval, count, limit) + "]}";

        assertThat(ExchangeInfo.requestWeight(body, window)).isEqualTo(expected);
    }

    @Test
    void theSmallestLimitHolds() {
        String body = "{\"rateLimits\":[" + limit("REQUEST_WEIGHT", "MINUTE", 1, 2400) + ","
                + limit("REQUEST_WEIGHT", "SECOND", 10, 300) + "," + limit("RAW_REQUESTS", "MINUTE", 1, 5) + "]}";

        assertThat(ExchangeInfo.requestWeight(body, MINUTE)).isEqualTo(300);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                "{}",
                "[]",
                "<html></html>",
                "{\"rateLimits\":[]}",
                "{\"rateLimits\":7}",
                "{\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\"}]}",
                "{\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"MOON\",\"intervalNum\":1,\"limit\":4}]}",
                "{\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"MINUTE\",\"intervalNum\":0,\"limit\":4}]}",
                "{\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"MINUTE\",\"intervalNum\":1,\"limit\":0}]}",
                "{\"optionSymbols\":[{\"rateLimits\":",
            })
    void whatNamesNoLimitChangesNothing(@Nullable String body) {
        assertThat(ExchangeInfo.requestWeight(body, MINUTE)).isNull();
    }

    private static String limit(String type, String interval, int count, long limit) {
        return "{\"rateLimitType\":\"" + type + "\",\"interval\":\"" + interval + "\",\"intervalNum\":" + count
                + ",\"limit\":" + limit + "}";
    }
}
