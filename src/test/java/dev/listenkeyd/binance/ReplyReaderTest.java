package dev.listenkeyd.binance;

import static dev.listenkeyd.binance.GatewayFixture.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.binance.ExchangeCalls.Call;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Failed;
import dev.listenkeyd.lease.RenewalOutcome.Paused;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.lease.Secret;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The reply table: each observed or documented reply, and its one outcome. */
class ReplyReaderTest {
    private static final String KEY = "k".repeat(63) + "7";
    private static final Instant SENT = Instant.parse("2026-11-22T00:00:10Z");
    private static final Instant NOW = SENT.plusSeconds(2);
    private static final String HTML = "<html><body>Request blocked</body></html>";

    // --- 200 as documented

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', textBlock = """
                    ACTIVE_KEY | {"listenKey":"$KEY","expiration":1795309210000}                | 1795309210000
                    ACTIVE_KEY | {"listenKey":"$KEY","expiration":"1795309210000"}              | 1795309210000
                    ACTIVE_KEY | {"listenKey":"$KEY","expiration":1}                            | 1
                    ACTIVE_KEY | {"listenKey":"$KEY"}                                           |
                    ACTIVE_KEY | {"listenKey":"$KEY","expiration":null}                         |
                    ACTIVE_KEY | {"listenKey":"$KEY","expiration":0}                            |
                    ACTIVE_KEY | {"listenKey":"$KEY","expiration":-1}                           |
                    ACTIVE_KEY | {"listenKey":"$KEY","expiration":"in an hour"}                 |
                    ACTIVE_KEY | {"listenKey":"$KEY","expiration":{"ms":1795309210000}}         |
                    ACTIVE_KEY | {"unheardOf":[1,{}],"listenKey":"$KEY"}                        |
                    # fapi and dapi answer a PUT with the key
                    EXTEND     | {"listenKey":"$KEY"}                                           |
                    EXTEND     | {"listenKey":"$KEY","expiration":1795309210000}                | 1795309210000
                    """)
    void aNamedKeyIsConfirmedFromTheInstantOfSending(Call call, String body, @Nullable Long expirationMillis) {
        RenewalOutcome outcome = read(call, 200, body.replace("$KEY", KEY));

        Instant expiration = expirationMillis == null ? null : Instant.ofEpochMilli(expirationMillis);
        assertThat(outcome).isEqualTo(new Confirmed(SENT, new Secret(KEY), expiration));
    }

    @ParameterizedTest
    @EnumSource(names = {"EXTEND", "CLOSE"})
    void anEmptyObjectRenewsFromTheInstantOfSending(Call call) {
        assertThat(read(call, 200, "{}")).isEqualTo(new Renewed(SENT));
        assertThat(read(call, 200, " {\n} ")).isEqualTo(new Renewed(SENT));
    }

    /** POST has answered with an expiration since 2026; the others may follow. */
    @ParameterizedTest
    @EnumSource(names = {"EXTEND", "CLOSE"})
    void anExpirationAloneRenewsToo(Call call) {
        assertThat(read(call, 200, "{\"expiration\":1795309210000}")).isEqualTo(new Renewed(SENT));

        for (String other : List.of("{\"expiration\":0}", "{\"expiration\":1795309210000,\"x\":1}", "{\"x\":1}")) {
            assertFailed(read(call, 200, other), Reason.GARBLED, 200, null);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"9223372036854775807", "1e400", "99999999999999999999999999", "-1e400"})
    void anAbsurdExpirationNeitherBreaksNorDiscardsTheKey(String expiration) {
        RenewalOutcome outcome =
                read(Call.ACTIVE_KEY, 200, "{\"listenKey\":\"" + KEY + "\",\"expiration\":" + expiration + "}");

        assertThat(outcome).isInstanceOf(Confirmed.class);
    }

    // --- 200, but not a renewal

    @ParameterizedTest
    @ValueSource(
            strings = {
                HTML,
                "",
                "   ",
                "\uFEFF{}",
                "null",
                "true",
                "42",
                "\"ok\"",
                "[]",
                "[{\"listenKey\":\"abc\"}]",
                "{",
                "{\"listenKey\":\"abc",
                "{\"listenKey\":\"abc\"",
                "{} {}",
                "{}<html>",
                "{'listenKey':'abc'}",
                "{\"code\":-1125,\"msg\":\"This listenKey does not exist.\"}",
                "{\"code\":200,\"msg\":\"success\"}",
                "{\"code\":\"-1003\",\"msg\":\"Too many requests\"}",
                "{\"code\":0,\"listenKey\":\"abc\"}",
                "{\"login\":\"/portal\"}",
                "{\"listenKey\":\"\"}",
                "{\"listenKey\":\"bad key\"}",
                "{\"listenKey\":\"bad\\nkey\"}",
                "{\"listenKey\":\"../../private\"}",
                "{\"listenKey\":null}",
                "{\"listenKey\":{}}",
                "{\"listenKey\":[\"abc\"]}",
                "{\"listenKey\":123}",
                "{\"listenKey\":true}",
                "{\"listenKey\":\"abc\",\"listenKey\":\"abd\"}",
            })
    void noCallTakesAnythingElseForSuccess(String body) {
        for (Call call : Call.values()) {
            assertFailed(read(call, 200, body), Reason.GARBLED, 200, null);
        }
    }

    /** A POST that names no key has told nothing, and a DELETE that names one has not closed it. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    ACTIVE_KEY | {}
                    ACTIVE_KEY | {"expiration":1795309210000}
                    CLOSE      | {"listenKey":"abc"}
                    """)
    void theReplyMustBeThatOfItsCall(Call call, String body) {
        assertFailed(read(call, 200, body), Reason.GARBLED, 200, null);
    }

    @ParameterizedTest
    @EnumSource
    void aBodyBeyondItsBoundIsGarbled(Call call) {
        assertFailed(read(call, 200, null), Reason.GARBLED, 200, null);
    }

    @ParameterizedTest
    @EnumSource
    void deepNestingIsGarbled(Call call) {
        assertFailed(read(call, 200, "{\"a\":".repeat(10_000)), Reason.GARBLED, 200, null);
        assertFailed(read(call, 200, "[".repeat(60_000)), Reason.GARBLED, 200, null);
    }

    @Test
    void aKeyHasABoundedLength() {
        String longest = "k".repeat(256);

        assertThat(read(Call.ACTIVE_KEY, 200, "{\"listenKey\":\"" + longest + "\"}"))
                .isEqualTo(new Confirmed(SENT, new Secret(longest), null));
        assertFailed(read(Call.ACTIVE_KEY, 200, "{\"listenKey\":\"" + longest + "k\"}"), Reason.GARBLED, 200, null);
    }

    // --- errors with a code

    @ParameterizedTest(name = "HTTP {0}, {1} {2}: {3}")
    @CsvSource(delimiter = '|', textBlock = """
                    400 | -1125 | This listenKey does not exist.       | NO_ACTIVE_KEY
                    401 | -1125 | This listenKey does not exist.       | NO_ACTIVE_KEY
                    404 | -1125 | This listenKey does not exist.       | NO_ACTIVE_KEY
                    400 | -1101 | Too many parameters sent.            | BAD_REQUEST
                    400 | -1102 | Mandatory parameter was not sent.    | BAD_REQUEST
                    400 | -1103 | An unknown parameter was sent.       | BAD_REQUEST
                    400 | -1104 | Not all sent parameters were read.   | BAD_REQUEST
                    400 | -1105 | A parameter was empty.               | BAD_REQUEST
                    400 | -1106 | A parameter was not required.        | BAD_REQUEST
                    400 | -1021 | Timestamp outside of recvWindow.     | BAD_REQUEST
                    400 | -1022 | Signature is not valid.              | BAD_REQUEST
                    400 | -1130 | Data sent for parameter not valid.   | BAD_REQUEST
                    400 | -1000 | An unknown error occurred.           | UNREACHABLE
                    400 | -1    | never heard of                       | UNREACHABLE
                    400 | 0     | no code at all                       | UNREACHABLE
                    400 | -2014 | API-key format invalid.              | CREDENTIALS_REFUSED
                    401 | -2014 | API-key format invalid.              | CREDENTIALS_REFUSED
                    400 | -2015 | Invalid API-key, IP, or permissions. | CREDENTIALS_REFUSED
                    401 | -2015 | Invalid API-key, IP, or permissions. | CREDENTIALS_REFUSED
                    403 | -2015 | Invalid API-key, IP, or permissions. | CREDENTIALS_REFUSED
                    401 | -1002 | You are not authorized.              | CREDENTIALS_REFUSED
                    400 | -1002 | You are not authorized.              | CREDENTIALS_REFUSED
                    400 | -2017 | API Keys are locked.                 | CREDENTIALS_REFUSED
                    400 | -5002 | Account not allowed.                 | CREDENTIALS_REFUSED
                    403 | -5009 | Region not allowed.                  | CREDENTIALS_REFUSED
                    422 | -6062 | Account not allowed.                 | CREDENTIALS_REFUSED
                    451 | -5009 | Region not allowed.                  | CREDENTIALS_REFUSED
                    400 | -1001 | Internal error.                      | UNREACHABLE
                    400 | -1006 | Unexpected response.                 | UNREACHABLE
                    400 | -1007 | Timeout waiting for the backend.     | UNREACHABLE
                    400 | -1016 | This service is no longer available. | UNREACHABLE
                    400 | -4078 | options internal error               | UNREACHABLE
                    400 | -1008 | Server is currently overloaded.      | UNREACHABLE
                    403 | -1008 | Server is currently overloaded.      | UNREACHABLE
                    403 | -1001 | Internal error.                      | UNREACHABLE
                    410 | -1006 | Unexpected response.                 | UNREACHABLE
                    401 | -1007 | Timeout waiting for the backend.     | UNREACHABLE
                    404 | -1016 | This service is no longer available. | UNREACHABLE
                    451 | -4078 | options internal error               | UNREACHABLE
                    503 | -1008 | Server is currently overloaded.      | UNREACHABLE
                    503 | -1003 | Too much request weight used.        | UNREACHABLE
                    500 | -1125 | This listenKey does not exist.       | UNREACHABLE
                    502 | -2015 | Invalid API-key, IP, or permissions. | UNREACHABLE
                    504 | -1007 | Timeout waiting for the backend.     | UNREACHABLE
                    408 | -1007 | Timeout waiting for the backend.     | UNREACHABLE
                    408 | -1125 | This listenKey does not exist.       | UNREACHABLE
                    """)
    void aCodeFailsOnlyThisAccount(int status, int code, String message, Reason reason) {
        for (Call call : Call.values()) {
            RenewalOutcome outcome = read(call, status, error(Integer.toString(code), message));

            assertFailed(outcome, reason, status, code == 0 ? null : code);
            assertThat(failure(outcome).message()).isEqualTo(message);
        }
    }

    @ParameterizedTest(name = "HTTP {0}, {1} {2}: {3}")
    @CsvSource(delimiter = '|', textBlock = """
                    429 | -1003 | Too many requests queued.                 | THROTTLED
                    429 | -1015 | Too many new orders.                      | THROTTLED
                    429 | -1008 | Too much request weight used.             | THROTTLED
                    429 | -1008 | Server is currently overloaded.           | THROTTLED
                    429 | -2015 | Invalid API-key.                          | THROTTLED
                    400 | -1003 | Too many requests queued.                 | THROTTLED
                    403 | -1003 | Too many requests queued.                 | THROTTLED
                    400 | -1015 | Too many new orders.                      | THROTTLED
                    400 | -1008 | Too much request WEIGHT used.             | THROTTLED
                    400 | -1008 | Way too many requests.                    | THROTTLED
                    418 | -1003 | Way too many requests.                    | BANNED
                    418 | -2015 | Invalid API-key.                          | BANNED
                    418 | -1003 | IP banned until 1795306212000.            | BANNED
                    429 | -1003 | IP banned until 1795306212000.            | BANNED
                    429 | -1008 | IP banned until 1795306212000.            | BANNED
                    400 | -1003 | IP banned until 1795306212000.            | THROTTLED
                    403 | -1003 | IP BANNED UNTIL 1795306212000.            | BANNED
                    403 | -1008 | IP(127.0.0.1) banned until 1795306212000. | BANNED
                    429 | -2015 | IP banned until 1795306212000.            | THROTTLED
                    """)
    void aLimitSilencesTheWholeIp(int status, int code, String message, Reason reason) {
        for (Call call : Call.values()) {
            RenewalOutcome outcome = read(call, status, error(Integer.toString(code), message));

            assertPaused(outcome, reason, status, code);
        }
    }

    /** Anybody can write such a text: it must not silence all accounts for days. */
    @ParameterizedTest(name = "HTTP {0}, {1}: {2}")
    @CsvSource({
        "302, -1003, GARBLED",
        "400, -1125, NO_ACTIVE_KEY",
        "400, -1008, UNREACHABLE",
        "400, 1, UNREACHABLE",
        "401, -2015, CREDENTIALS_REFUSED",
        "403, -2015, CREDENTIALS_REFUSED",
        "403, 1, BLOCKED",
        "404, 1, GONE",
        "429, 1, THROTTLED",
        "500, -1003, UNREACHABLE",
        "503, -1008, UNREACHABLE",
    })
    void aBanIsNamedByTheExchangeOnlyAndWithItsStatusAndCode(int status, int code, Reason reason) {
        String banned = error(Integer.toString(code), "IP banned until 9999999999999999");

        RenewalOutcome outcome = read(Call.EXTEND, status, banned);

        assertThat(failure(outcome).reason()).isEqualTo(reason);
        if (outcome instanceof Paused paused) {
            assertThat(paused.until()).isBefore(NOW.plusSeconds(601));
        }
    }

    /** A 418 is always a ban, but only the exchange can name its end. */
    @Test
    void aBanWithoutTheExchangesCodeNamesNoEnd() {
        String banned = error("1", "IP banned until 9999999999999999");

        assertThat(read(Call.EXTEND, 418, banned))
                .isInstanceOfSatisfying(
                        Paused.class, paused -> assertThat(paused.until()).isEqualTo(NOW.plusSeconds(121)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
                    "-1125"       | -1125 | NO_ACTIVE_KEY
                    "-2015"       | -2015 | CREDENTIALS_REFUSED
                    " -1102 "     | -1102 | BAD_REQUEST
                    -1125.0       | -1125 | NO_ACTIVE_KEY
                    "listen key"  |       | UNREACHABLE
                    ""            |       | UNREACHABLE
                    null          |       | UNREACHABLE
                    []            |       | UNREACHABLE
                    {"n":-1125}   |       | UNREACHABLE
                    """)
    void codesCanComeInAnyShape(String code, @Nullable Integer expected, Reason reason) {
        assertFailed(read(Call.EXTEND, 400, error(code, "no")), reason, 400, expected);
    }

    // --- errors without a code

    @ParameterizedTest(name = "HTTP {0}: {1}")
    @CsvSource({
        "201, GARBLED",
        "204, GARBLED",
        "206, GARBLED",
        "301, GARBLED",
        "302, GARBLED",
        "304, GARBLED",
        "307, GARBLED",
        "308, GARBLED",
        "400, UNREACHABLE",
        "401, CREDENTIALS_REFUSED",
        "404, GONE",
        "405, UNREACHABLE",
        "407, UNREACHABLE",
        "408, UNREACHABLE",
        "410, GONE",
        "451, CREDENTIALS_REFUSED",
        "500, UNREACHABLE",
        "502, UNREACHABLE",
        "503, UNREACHABLE",
        "504, UNREACHABLE",
        "520, UNREACHABLE",
        "599, UNREACHABLE",
    })
    void aStatusDecidesWhenTheBodySaysNothing(int status, Reason reason) {
        for (String body : List.of(HTML, "", "{}", "[]", "{\"code\":-11", "Unknown error, please check your request")) {
            for (Call call : Call.values()) {
                assertFailed(read(call, status, body), reason, status, null);
            }
        }
        assertFailed(read(Call.EXTEND, status, null), reason, status, null);
    }

    @ParameterizedTest(name = "HTTP {0}: {1}")
    @CsvSource({"403, BLOCKED", "418, BANNED", "429, THROTTLED"})
    void aFirewallsPageSilencesTheWholeIp(int status, Reason reason) {
        for (String body : List.of(HTML, "", "{}", "{\"code\":-10")) {
            assertPaused(read(Call.EXTEND, status, body), reason, status, null);
        }
        assertPaused(read(Call.EXTEND, status, null), reason, status, null);
    }

    // --- until when

    @ParameterizedTest(name = "HTTP {0}, Retry-After {1}: {2}")
    @CsvSource({
        "429, 30, 2026-11-22T00:00:43Z",
        "429, 999999999, 2026-11-22T00:10:12Z",
        "429, , 2026-11-22T00:01:01Z",
        "418, 300, 2026-11-22T00:05:13Z",
        "418, , 2026-11-22T00:02:13Z",
        "403, 300, 2026-11-22T00:05:13Z",
        "403, 999999999, 2026-11-22T00:10:12Z",
        "403, , 2026-11-22T00:02:12Z",
    })
    void aPauseEndsAsItsKindDoes(int status, @Nullable String retryAfter, Instant until) {
        RenewalOutcome outcome = read(Call.EXTEND, new Reply(status, HTML, retryAfter(retryAfter)));

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Paused.class, paused -> assertThat(paused.until()).isEqualTo(until));
    }

    @Test
    void aBanEndsALittleAfterTheInstantInItsMessage() {
        String banned = error("-1003", "IP banned until " + NOW.plusSeconds(600).toEpochMilli() + ".");

        assertThat(read(Call.EXTEND, 418, banned))
                .isInstanceOfSatisfying(
                        Paused.class, paused -> assertThat(paused.until()).isEqualTo(NOW.plusSeconds(601)));
    }

    @Test
    void theEndOfABanIsFoundBehindALongText() {
        Instant end = NOW.plusSeconds(600);
        String message = "Way too many requests. ".repeat(20) + "IP banned until " + end.toEpochMilli();

        RenewalOutcome outcome = read(Call.EXTEND, 429, error("-1003", message));

        assertPaused(outcome, Reason.BANNED, 429, -1003);
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Paused.class, paused -> assertThat(paused.until()).isEqualTo(end.plusSeconds(1)));
    }

    // --- what may be printed

    @Test
    void aMessageIsOneBoundedLineWithoutKeys() {
        String message = "key " + KEY + "\\u0000\\r\\nINFO forged line\\u001b[31m\\u202e " + "blah ".repeat(5000);

        RenewalOutcome outcome = read(Call.EXTEND, 400, error("-1125", message));

        assertThat(failure(outcome).message())
                .startsWith("key *** INFO forged line [31m  blah")
                .hasSizeLessThan(220)
                .matches("\\P{C}+");
        assertThat(outcome.toString()).doesNotContain(KEY);
    }

    @Test
    void noOutcomeShowsAKey() {
        String named = "{\"listenKey\":\"" + KEY + "\"}";

        for (int status : List.of(200, 201, 302, 400, 403, 404, 418, 429, 500)) {
            for (Call call : Call.values()) {
                assertThat(read(call, status, named).toString()).doesNotContain(KEY);
                assertThat(read(call, status, error("-2015", KEY)).toString()).doesNotContain(KEY);
            }
        }
    }

    private static RenewalOutcome read(Call call, int status, @Nullable String body) {
        return read(call, new Reply(status, body, Map.of()));
    }

    private static RenewalOutcome read(Call call, Reply reply) {
        return ReplyReader.read(call, reply, SENT, NOW, List.of());
    }

    private static String error(String code, String message) {
        return "{\"code\":" + code + ",\"msg\":\"" + message + "\"}";
    }

    private static Map<String, List<String>> retryAfter(@Nullable String value) {
        return value == null ? Map.of() : Map.of("retry-after", List.of(value));
    }

    private static void assertFailed(RenewalOutcome outcome, Reason reason, int status, @Nullable Integer code) {
        assertThat(outcome).isInstanceOf(Failed.class);
        assertFailure(failure(outcome), reason, status, code);
    }

    private static void assertPaused(RenewalOutcome outcome, Reason reason, int status, @Nullable Integer code) {
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Paused.class, paused -> assertThat(paused.until()).isAfter(NOW));
        assertFailure(failure(outcome), reason, status, code);
    }

    private static void assertFailure(Failure failure, Reason reason, int status, @Nullable Integer code) {
        assertThat(failure).isEqualTo(new Failure(NOW, reason, status, code, failure.message()));
    }
}
