package dev.listenkeyd.binance;

import static dev.listenkeyd.binance.GatewayFixture.gateway;
import static dev.listenkeyd.binance.GatewayFixture.lease;
import static dev.listenkeyd.binance.RawExchange.OK;
import static dev.listenkeyd.binance.RawExchange.flood;
import static dev.listenkeyd.binance.RawExchange.sendAndClose;
import static dev.listenkeyd.binance.RawExchange.sendAndStall;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.binance.RawExchange.Manners;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An exchange, or another server in its place, that attacks our keys, our memory or our time, while the operator has set
 * everything in Quarkus that makes this easy.
 */
@QuarkusTest
@TestProfile(TrustingRestClient.class)
@Timeout(60)
class HostileExchangeTest {
    /** Longer than any other bound in these tests. */
    private static final Duration LONG = Duration.ofSeconds(20);

    private static final Duration SHORT = Duration.ofMillis(700);

    /** More than the buffers of two sockets on one machine; a flood sends more within milliseconds. */
    private static final long BUFFERS = 32L << 20;

    private static final String RENEWED = OK + "Content-Length: 2\r\n\r\n{}";
    private static final String API_KEY = "An0Api-Key".repeat(6) + "evil";

    @Inject
    Vertx vertx;

    @TempDir
    Path folder;

    @AfterEach
    void trustAsBefore() {
        Authority.trustAsBefore();
        System.clearProperty("quarkus.tls.trust-all");
    }

    // --- who gets the API key

    @ParameterizedTest
    @ValueSource(ints = {300, 301, 302, 303, 305, 307, 308})
    void aRedirectToAnotherServerCostsNoKey(int status) throws Exception {
        try (RawExchange other = new RawExchange(sendAndClose(RENEWED));
                RawExchange exchange = new RawExchange(sendAndClose("HTTP/1.1 " + status + " Moved\r\nLocation: "
                        + other.url() + "/eapi/v1/listenKey\r\nContent-Length: 0\r\n\r\n"))) {
            RenewalOutcome outcome = gateway(exchange.url(), LONG, vertx).extend(lease(API_KEY));

            assertThat(failure(outcome).reason()).isEqualTo(Reason.GARBLED);
            assertThat(other.requests()).isEmpty();
            assertThat(exchange.requests()).hasSize(1);
        }
    }

    @Test
    void aCertificateOfATrustedAuthorityForThisVeryHostIsAccepted() throws Exception {
        Authority authority = new Authority(folder).sign("server", "ip:127.0.0.1");
        authority.trust();
        try (RawExchange exchange = new RawExchange(authority.sockets("server"), sendAndStall(RENEWED))) {
            assertThat(gateway(exchange.tlsUrl(), LONG, vertx).extend(lease(API_KEY)))
                    .isInstanceOf(Renewed.class);
            assertThat(exchange.requests().get(0)).contains(API_KEY);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"signs itself", "of another host", "expired"})
    void aCertificateThatProvesNothingIsRefused(String certificate) throws Exception {
        Authority authority = new Authority(folder);
        switch (certificate) {
            case "signs itself" -> authority.selfSign("server", "ip:127.0.0.1");
            case "of another host" -> authority.sign("server", "dns:eapi.binance.com,ip:127.0.0.2");
            default -> authority.signExpired("server", "ip:127.0.0.1");
        }
        authority.trust();

        assertRefused(authority);
    }

    @Test
    void theAuthorityMustBeOneThatThisMachineTrusts() throws Exception {
        assertRefused(new Authority(folder).sign("server", "ip:127.0.0.1"));
    }

    /** Such a setting stops the start; if it did not, it would still have no effect. */
    @Test
    void noSettingMakesAnyCertificateDo() throws Exception {
        System.setProperty("quarkus.tls.trust-all", "true");

        assertRefused(new Authority(folder).selfSign("server", "dns:another.example"));
    }

    // --- memory

    /** The client's own reader of forms would wait for ever, even on a closed connection. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    EXTEND        | Content-Type: application/json                | ' '
                    EXTEND        | Content-Type: multipart/form-data; boundary=x | ' '
                    EXTEND        | Content-Type: multipart/form-data; boundary=x | --x~Content-Disposition: form-data; name="a"~~y~
                    EXTEND        | Content-Length: 999999999999999               | ' '
                    EXTEND        | Content-Encoding: gzip                        | ' '
                    EXTEND        | Transfer-Encoding: chunked                    | 10~0123456789abcdef~
                    EXCHANGE_INFO | Content-Type: application/json                | ' '
                    EXCHANGE_INFO | Content-Type: multipart/form-data; boundary=x | ' '
                    """)
    void aBodyWithoutEndIsNotTakenIn(ExchangeCalls.Call call, String header, String again) throws Exception {
        AtomicLong taken = new AtomicLong();
        String start = "HTTP/1.1 200 OK\r\n" + header + "\r\n\r\n";
        String part = again.replace("~", "\r\n");

        RenewalOutcome outcome = call(call, flood(start, part.repeat((1 << 16) / part.length()), taken));

        assertThat(failure(outcome).reason()).isEqualTo(Reason.GARBLED);
        assertThat(taken.get()).isLessThan(BUFFERS + (call == ExchangeCalls.Call.EXTEND ? 0 : 16 << 20));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "a header, HTTP/1.1 200 OK~X-Long: , x",
        "many headers, HTTP/1.1 200 OK~, X-A: b~",
        "a status line, HTTP/1.1 200 , x",
        "a protocol, H, T",
        "an extension of a chunk, HTTP/1.1 200 OK~Transfer-Encoding: chunked~~1;x=, x",
        "trailers, HTTP/1.1 200 OK~Transfer-Encoding: chunked~~2~{}~0~, X-A: b~",
    })
    void otherPartsWithoutEndAreCut(String what, String start, String again) throws Exception {
        AtomicLong taken = new AtomicLong();

        RenewalOutcome outcome = call(
                ExchangeCalls.Call.EXTEND,
                flood(start.replace("~", "\r\n"), again.replace("~", "\r\n").repeat(1000), taken));

        assertThat(failure(outcome).reason()).as(what).isEqualTo(Reason.UNREACHABLE);
        assertThat(taken.get()).as(what).isLessThan(BUFFERS);
    }

    @Test
    void aCompressedReplyIsNeitherAskedForNorUnpacked() throws Exception {
        for (int spaces : new int[] {0, 64 << 20}) {
            byte[] packed = gzip("{}", spaces);
            String start = OK + "Content-Encoding: gzip\r\nContent-Length: " + packed.length + "\r\n\r\n";
            try (RawExchange exchange = new RawExchange(RawExchange.sendBytes(start, packed))) {
                RenewalOutcome outcome = gateway(exchange.url(), LONG, vertx).extend(lease(API_KEY));

                assertThat(failure(outcome).reason()).isEqualTo(Reason.GARBLED);
                assertThat(exchange.requests().get(0)).doesNotContainIgnoringCase("accept-encoding");
            }
        }
    }

    // --- lies

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    Content-Length: -1~~{}
                    Content-Length: 2~Content-Length: 3~~{}
                    Content-Length: 0x2~~{}
                    Content-Length: 99999999999999999999999~~{}
                    Content-Length: 3~~{}
                    Transfer-Encoding: chunked~~ffffffffffffffff~{}~
                    Transfer-Encoding: chunked~~-1~{}~
                    """)
    void aReplyThatLiesAboutItsLengthIsNoRenewal(String lie) throws Exception {
        String reply = "HTTP/1.1 200 OK\r\n" + lie.replace("~", "\r\n");

        assertThat(call(ExchangeCalls.Call.EXTEND, sendAndClose(reply)).failed())
                .isNotNull();
    }

    /** The connection ends with the first reply. */
    @Test
    void bytesAfterAReplyAreNotTheNextReply() throws Exception {
        Manners two = sendAndClose(RENEWED + "HTTP/1.1 418 No\r\nContent-Length: 0\r\n\r\n");
        try (RawExchange exchange = new RawExchange(two)) {
            BinanceGateway gateway = gateway(exchange.url(), LONG, vertx);

            for (int calls = 1; calls <= 3; calls++) {
                assertThat(gateway.extend(lease(API_KEY))).isInstanceOf(Renewed.class);
            }
            assertThat(exchange.requests()).hasSize(3);
        }
    }

    // --- time

    @ParameterizedTest
    @CsvSource({
        "HTTP/1.1 200 OK~Content-Length: 100000~~, ' '",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~, 1~ ~",
        "HTTP/1.1 200 OK~Content-Type: multipart/form-data; boundary=x~~, x",
        "HTTP/1.1 200 OK~, X-A: b~",
        "HTTP/1.1 200 OK~X-Long: , b",
        "H, T",
        "HTTP/1.1 100 Continue~~, HTTP/1.1 100 Continue~~",
        "HTTP/1.1 103 Early Hints~~, HTTP/1.1 103 Early Hints~~",
        "HTTP/1.1 200 OK~Transfer-Encoding: chunked~~2~{}~0~, X-A: b~",
    })
    void aTricklingReplyIsGivenUpAndItsConnectionClosed(String start, String drop) throws Exception {
        Manners drip = RawExchange.trickle(start.replace("~", "\r\n"), drop.replace("~", "\r\n"));
        try (RawExchange exchange = new RawExchange(drip)) {
            long started = System.nanoTime();

            RenewalOutcome outcome = gateway(exchange.url(), SHORT, vertx).extend(lease(API_KEY));

            assertThat(failure(outcome).reason()).isEqualTo(Reason.UNREACHABLE);
            assertThat(exchange.clientHungUp()).isTrue();
            assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(LONG.dividedBy(2));
        }
        assertGoesOn();
    }

    // --- words

    @Test
    void theMessageOfAReplyIsOneShortLineWithoutKeys() throws Exception {
        String evil =
                "a\\u001b[31m\\r\\nERROR fake\\u202e\\u200b\\ud800 \u009b " + API_KEY + " \\ud83d\\ude00".repeat(200);
        String body = "{\"code\":-1000,\"msg\":\"" + evil + "\"}";
        String reply = "HTTP/1.1 400 No\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;

        Failure failure = failure(call(ExchangeCalls.Call.EXTEND, sendAndClose(reply)));

        assertThat(failure.message())
                .startsWith("a [31m ERROR fake ")
                .contains("***")
                .doesNotContainPattern("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]")
                .hasSizeLessThanOrEqualTo(203)
                .isEqualTo(new String(failure.message().getBytes(UTF_8), UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 KEY", "HTTP/1.1 200 OK\r\nContent-Length: KEY", "KEY\u001b[2J"})
    void aMessageOfTheDecoderRepeatsNoKey(String start) throws Exception {
        String reply = start.replace("KEY", API_KEY) + "\r\n\r\n";

        Failure failure = failure(call(ExchangeCalls.Call.EXTEND, sendAndClose(reply)));

        assertThat(failure.reason()).isEqualTo(Reason.UNREACHABLE);
        assertThat(failure.message()).isNotBlank().doesNotContain(API_KEY).doesNotContainPattern("\\p{Cc}");
    }

    /** One call to an exchange with these manners. After it, a call to a well-behaved exchange must work. */
    private RenewalOutcome call(ExchangeCalls.Call call, Manners manners) throws IOException {
        RenewalOutcome outcome;
        try (RawExchange exchange = new RawExchange(manners)) {
            BinanceGateway gateway = gateway(exchange.url(), LONG, vertx);
            long started = System.nanoTime();
            outcome = call == ExchangeCalls.Call.EXCHANGE_INFO
                    ? gateway.limit(LONG).outcome()
                    : gateway.extend(lease(API_KEY));
            assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(LONG.dividedBy(2));
        }
        assertGoesOn();
        return outcome;
    }

    private void assertGoesOn() throws IOException {
        try (RawExchange exchange = new RawExchange(sendAndClose(RENEWED))) {
            assertThat(gateway(exchange.url(), LONG, vertx).extend(lease(API_KEY)))
                    .isInstanceOf(Renewed.class);
        }
    }

    private void assertRefused(Authority authority) throws Exception {
        try (RawExchange exchange = new RawExchange(authority.sockets("server"), sendAndClose(RENEWED))) {
            Failure failure = failure(gateway(exchange.tlsUrl(), LONG, vertx).extend(lease(API_KEY)));

            assertThat(failure.reason()).isEqualTo(Reason.UNREACHABLE);
            assertThat(failure.message()).containsIgnoringCase("certificat");
            assertThat(exchange.requests()).isEmpty();
        }
    }

    private static byte[] gzip(String start, int spaces) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(start.getBytes(UTF_8));
            byte[] some = " ".repeat(1 << 20).getBytes(UTF_8);
            for (int left = spaces; left > 0; left -= some.length) {
                out.write(some);
            }
        }
        return packed.toByteArray();
    }

    private static Failure failure(RenewalOutcome outcome) {
        assertThat(outcome.toString()).doesNotContain(API_KEY);
        return GatewayFixture.failure(outcome);
    }
}
