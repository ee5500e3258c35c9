package dev.listenkeyd.binance;

import static dev.listenkeyd.binance.GatewayFixture.failure;
import static dev.listenkeyd.binance.GatewayFixture.gateway;
import static dev.listenkeyd.binance.GatewayFixture.lease;
import static dev.listenkeyd.binance.GatewayFixture.registration;
import static dev.listenkeyd.binance.RawExchange.OK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.lease.Secret;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The client alone, with neither timeout nor breaker around it, against a server that misbehaves below HTTP. */
@QuarkusTest
@TestProfile(TrustingRestClient.class)
class ExchangeClientTest {
    private static final Duration SHORT = Duration.ofMillis(400);
    private static final Duration LONG = Duration.ofSeconds(4);
    private static final String RENEWED = OK + "Connection: keep-alive\r\nContent-Length: 2\r\n\r\n{}";
    private static final String API_KEY = "An0Api-Key".repeat(6) + "bare";

    @Inject
    Vertx vertx;

    @ParameterizedTest
    @ValueSource(strings = {"", "/sandbox", "/sandbox/"})
    void theBaseAddressMayHaveAPath(String path) throws IOException {
        try (RawExchange exchange = new RawExchange(RawExchange.sendAndStall(RENEWED))) {
            BinanceGateway gateway = patient(URI.create(exchange.url() + path));

            assertThat(gateway.extend(lease(API_KEY))).isInstanceOf(Renewed.class);

            String start = "PUT " + path.replaceAll("/$", "") + "/eapi/v1/listenKey HTTP/1.1\r\n";
            assertThat(exchange.requests().get(0)).startsWith(start).containsIgnoringCase("\r\ncontent-length: 0\r\n");
        }
    }

    /** A server that promises to keep the connection, and then forgets it: the next call must not notice. */
    @Test
    void everyCallComesOnAConnectionOfItsOwn() throws Exception {
        try (RawExchange exchange = new RawExchange(RawExchange.sendAndStall(RENEWED))) {
            BinanceGateway gateway = patient(exchange.url());

            long started = System.nanoTime();

            for (int calls = 1; calls <= 5; calls++) {
                assertThat(gateway.extend(lease(API_KEY))).isInstanceOf(Renewed.class);
                assertThat(exchange.requests()).hasSize(calls);
            }

            for (int calls = 1; calls <= 5; calls++) {
                assertThat(exchange.clientHungUp()).isTrue();
            }
            assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(LONG.dividedBy(2));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{}",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
                "HTTP/1.1 200 OK\r\nContent-Le",
                "HTTP/1.1 abc\r\n\r\n",
                "SSH-2.0-OpenSSH_9.6\r\n",
                "\u0015\u0003\u0001\u0000\u0002\u0002\n",
            })
    void aReplyThatIsCutOffIsNoRenewal(String reply) throws Exception {
        try (RawExchange exchange = new RawExchange(RawExchange.sendAndClose(reply))) {
            assertUnreachable(patient(exchange.url()).extend(lease(API_KEY)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{}",
                "HTTP/1.1 100 Continue\r\n\r\n",
            })
    void aStalledReplyIsGivenUpAndItsConnectionClosed(String reply) throws Exception {
        try (RawExchange exchange = new RawExchange(RawExchange.sendAndStall(reply))) {
            assertGivenUpInTime(exchange);
        }
    }

    @ParameterizedTest
    @CsvSource({"~, GARBLED", "'X-Long: ', UNREACHABLE"})
    void aReplyWithoutEndIsCutAndItsConnectionClosed(String start, Reason reason) throws Exception {
        String begun = OK + start.replace("~", "\r\n");
        try (RawExchange exchange = new RawExchange(RawExchange.flood(begun, " ".repeat(8192), new AtomicLong()))) {
            long started = System.nanoTime();

            RenewalOutcome outcome = patient(exchange.url()).extend(lease(API_KEY));

            assertThat(failure(outcome).reason()).isEqualTo(reason);
            assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(LONG.dividedBy(2));
            assertThat(exchange.clientHungUp()).isTrue();
        }
    }

    @Test
    void aClosedPortIsUnreachable() throws Exception {
        RawExchange exchange = new RawExchange(RawExchange.sendAndClose(""));
        exchange.close();

        RenewalOutcome outcome = patient(exchange.url()).extend(lease(API_KEY));

        assertUnreachable(outcome);
        assertThat(failure(outcome).message()).containsIgnoringCase("refused");
    }

    @Test
    void aServerThatSpeaksNoTlsIsUnreachable() throws Exception {
        try (RawExchange exchange = new RawExchange(RawExchange.sendAndClose(RENEWED))) {
            URI https = URI.create(exchange.url().toString().replace("http:", "https:"));

            assertUnreachable(patient(https).extend(lease(API_KEY)));
        }
    }

    /** A call that hangs leaves time for others before the key expires: a quarter of it, but at least a second. */
    @ParameterizedTest(name = "{0} left: {1}")
    @CsvSource({"PT-1S, PT1S", "PT0.5S, PT1S", "PT4S, PT1S", "PT11S, PT2S", "PT1H, PT4S"})
    void aKeyThatExpiresSoonIsNotSpentOnOneCall(Duration left, Duration patience) throws Exception {
        try (RawExchange exchange = new RawExchange(RawExchange.sendAndStall(""))) {
            BinanceGateway gateway = gateway(exchange.url(), LONG, vertx);
            Lease lease = expiringIn(left);
            long started = System.nanoTime();

            RenewalOutcome outcome = gateway.extend(lease);

            assertUnreachable(outcome);
            assertThat(Duration.ofNanos(System.nanoTime() - started))
                    .isBetween(patience.minusMillis(100), patience.plusMillis(900));
        }
    }

    private void assertGivenUpInTime(RawExchange exchange) throws InterruptedException {
        long started = System.nanoTime();

        RenewalOutcome outcome = gateway(exchange.url(), SHORT, vertx).extend(lease(API_KEY));

        assertThat(exchange.clientHungUp()).isTrue();
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isBetween(SHORT.dividedBy(2), LONG.dividedBy(2));
        assertUnreachable(outcome);
    }

    private BinanceGateway patient(URI url) {
        return gateway(url, LONG, vertx);
    }

    private static Lease expiringIn(Duration left) {
        Instant now = Instant.now();
        ListenKey key = new ListenKey(new Secret("listen-key"), now, now, now.plus(left));
        return new Lease(registration(API_KEY), 1, key, new LeaseState.Active(now), null, null, 1);
    }

    private static void assertUnreachable(RenewalOutcome outcome) {
        Failure failure = failure(outcome);
        assertThat(failure.reason()).as("%s", failure).isEqualTo(Reason.UNREACHABLE);
        assertThat(failure.httpStatus()).isNull();
        assertThat(failure.message()).isNotBlank();
        assertThat(outcome.toString()).doesNotContain(API_KEY);
    }
}
