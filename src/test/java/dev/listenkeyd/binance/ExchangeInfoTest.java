package dev.listenkeyd.binance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
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
    void aBodyWithoutALimitHasNone(@Nullable String body) {
        assertThat(ExchangeInfo.requestWeight(body, MINUTE)).isNull();
    }

    @Test
    void theExcerptIsTheLimitsAndNothingElse() throws IOException {
        String limits = "[" + limit("REQUEST_WEIGHT", "MINUTE", 1, 2400) + ",{\"x\":[null,true,1.5,\"\\u00e9\\n\"]}]";

        assertThat(excerpt(
                        "{\"timezone\":\"UTC\",\"optionSymbols\":[{\"a\":[]},{}],\"rateLimits\":" + limits + ",\"x\":"))
                .isEqualTo("{\"rateLimits\":" + limits.replace("\\u00e9", "\u00e9") + "}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "[]",
                "\"rateLimits\"",
                "<html></html>",
                "{\"optionSymbols\":[{\"rateLimits\":",
                "{\"rateLimits\":",
                "{\"rateLimits\":[{\"limit\":4",
                "\u0000\u0001\u0002",
            })
    void anIncompleteBodyHasNoExcerpt(String body) throws IOException {
        assertThat(excerpt(body)).isNull();
    }

    /** Each would be hundreds of megabytes once it is read into memory. */
    @ParameterizedTest
    @ValueSource(strings = {"{}", "[]", "0", "\"\"", "[{", "[["})
    void limitsWithoutEndAreNotKept(String again) throws IOException {
        InputStream body = endless("{\"rateLimits\":[" + again, "," + again);

        assertThat(ExchangeInfo.excerpt(body)).isNull();
        assertThat(body.available()).as("bytes left").isPositive();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    {"a":0     | ,"a":0
                    {"a":[{}   | ,{}
                    {"a":"     | x
                    {"         | x
                    {"a":1     | 1
                    {"a":0     | ` `
                    {"a":      | [
                    """)
    void contractsWithoutEndAreNotReadToTheirEnd(String start, String again) throws IOException {
        InputStream body = endless(start, again);

        assertThat(ExchangeInfo.excerpt(body)).isNull();
        assertThat(body.available()).as("bytes left").isPositive();
    }

    @Test
    void aConnectionThatBreaksIsNoGarbledReply() {
        InputStream broken = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("reset");
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                throw new IOException("reset");
            }
        };

        assertThatThrownBy(() -> ExchangeInfo.excerpt(broken))
                .isInstanceOf(IOException.class)
                .hasMessage("reset");
    }

    private static @Nullable String excerpt(String body) throws IOException {
        return ExchangeInfo.excerpt(new ByteArrayInputStream(body.getBytes(UTF_8)));
    }

    /** A start, and then the same text again and again, twice as long as the bound. */
    private static InputStream endless(String start, String again) {
        byte[] first = start.getBytes(UTF_8);
        byte[] rest = again.getBytes(UTF_8);
        return new InputStream() {
            private int at;

            @Override
            public int read() {
                int next = at++;
                return next < first.length ? first[next] : rest[(next - first.length) % rest.length];
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                for (int i = 0; i < length; i++) {
                    into[offset + i] = (byte) read();
                }
                return length;
            }

            @Override
            public int available() {
                return (32 << 20) - at;
            }
        };
    }

    private static String limit(String type, String interval, int count, long limit) {
        return "{\"rateLimitType\":\"" + type + "\",\"interval\":\"" + interval + "\",\"intervalNum\":" + count
                + ",\"limit\":" + limit + "}";
    }
}
