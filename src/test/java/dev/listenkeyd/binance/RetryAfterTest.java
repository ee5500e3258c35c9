package dev.listenkeyd.binance;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {
    private static final Instant NOW = Instant.parse("2026-11-22T10:20:30Z");
    private static final String THREE_DAYS_ON = "2026-11-25T10:20:30Z";

    @ParameterizedTest(name = "{0} until {1}")
    @CsvSource(delimiter = '|', textBlock = """
                    0                             | 2026-11-22T10:20:31Z
                    17                            | 2026-11-22T10:20:48Z
                    ' 17 '                        | 2026-11-22T10:20:48Z
                    90                            | 2026-11-22T10:22:01Z
                    Sun, 22 Nov 2026 10:25:00 GMT | 2026-11-22T10:25:01Z
                    # minutes at most, whatever it says
                    599                           | 2026-11-22T10:30:30Z
                    600                           | 2026-11-22T10:30:30Z
                    999999999                     | 2026-11-22T10:30:30Z
                    Fri, 31 Dec 2027 23:59:59 GMT | 2026-11-22T10:30:30Z
                    # no instant to be had: the next minute, when the exchange counts anew, and a little
                                                  | 2026-11-22T10:21:01Z
                    ''                            | 2026-11-22T10:21:01Z
                    soon                          | 2026-11-22T10:21:01Z
                    -5                            | 2026-11-22T10:21:01Z
                    1.5                           | 2026-11-22T10:21:01Z
                    99999999999999999999          | 2026-11-22T10:21:01Z
                    Sun, 22 Nov 2026              | 2026-11-22T10:21:01Z
                    """)
    void aLimitPausesUntilRetryAfterElseTheNextMinute(@Nullable String retryAfter, Instant until) {
        assertThat(RetryAfter.afterLimit(reply(retryAfter), NOW)).isEqualTo(until);
    }

    @Test
    void theNextMinuteIsTheNextOneOnTheMinute() {
        Instant minute = Instant.parse("2026-11-22T10:21:00Z");

        assertThat(RetryAfter.afterLimit(reply(null), minute)).isEqualTo(minute.plusSeconds(61));
        assertThat(RetryAfter.afterLimit(reply(null), minute.minusMillis(1))).isEqualTo(minute.plusSeconds(1));
    }

    @ParameterizedTest(name = "Retry-After {0}, message names +{1} s: +{2} s")
    @CsvSource({
        ", 600, 601",
        "300, 600, 601",
        "900, 600, 901",
        "900, , 901",
        ", 1, 2",
        // Nothing in the future is named: the shortest ban there is.
        ", , 121",
        "0, , 121",
        ", 0, 121",
        ", -3600, 121",
        "soon, -3600, 121",
        // A ban lasts three days at most, whatever it says.
        ", 999999999, 259200",
        "999999999, 1, 259200",
    })
    void aBanEndsALittleAfterTheLaterOfBoth(
            @Nullable String retryAfter, @Nullable Long namedSeconds, long expectedSeconds) {
        String message = namedSeconds == null
                ? "Way too many requests"
                : "IP banned until " + NOW.plusSeconds(namedSeconds).toEpochMilli() + ". Please use the websocket";

        assertThat(RetryAfter.afterBan(reply(retryAfter), RetryAfter.banEnd(message), NOW))
                .isEqualTo(NOW.plusSeconds(expectedSeconds));
    }

    @Test
    void aBanThatEndsInTheDistantFutureIsBounded() {
        Instant named = RetryAfter.banEnd("IP banned until 99999999999999999999");

        assertThat(RetryAfter.afterBan(reply(null), named, NOW)).isEqualTo(Instant.parse(THREE_DAYS_ON));
    }

    @ParameterizedTest(name = "Retry-After {0}: +{1} s")
    @CsvSource({", 120", "30, 120", "119, 120", "120, 121", "soon, 120", "999999999, 600"})
    void aBlockLastsMinutesOrAsLongAsItSays(@Nullable String retryAfter, long expectedSeconds) {
        assertThat(RetryAfter.afterBlock(reply(retryAfter), NOW)).isEqualTo(NOW.plusSeconds(expectedSeconds));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "banned until 1544570770441",
                "Way too many requests; IP banned until 1544570770441. Please use the websocket for live updates",
                "Way too much request weight used; IP(10.0.0.1) Banned Until 1544570770441",
            })
    void aMessageNamesTheEndOfABan(String message) {
        assertThat(RetryAfter.banEnd(message)).isEqualTo(Instant.ofEpochMilli(1544570770441L));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "banned", "banned until tomorrow", "until 1544570770441", "bannedd until 1"})
    void otherMessagesNameNone(String message) {
        assertThat(RetryAfter.banEnd(message)).isNull();
    }

    private static Reply reply(@Nullable String retryAfter) {
        return new Reply(429, "", retryAfter == null ? Map.of() : Map.of("retry-after", List.of(retryAfter)));
    }
}
