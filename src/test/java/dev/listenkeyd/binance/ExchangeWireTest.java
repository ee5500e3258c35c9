package dev.listenkeyd.binance;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static dev.listenkeyd.binance.GatewayFixture.failure;
import static dev.listenkeyd.binance.GatewayFixture.lease;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import dev.listenkeyd.binance.ExchangeCalls.Call;
import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.budget.LimitAnswer;
import dev.listenkeyd.budget.LimitAnswer.Named;
import dev.listenkeyd.budget.LimitAnswer.NotNamed;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Paused;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.lease.RenewalOutcome.Skipped;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.smallrye.faulttolerance.api.CircuitBreakerMaintenance;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The gateway as the daemon uses it, against an HTTP server that behaves as the exchange and what stands before it do. */
@QuarkusTest
@TestProfile(TrustingRestClient.class)
class ExchangeWireTest {
    private static final String API_KEY = "An0Api-Key".repeat(6) + "wire";
    private static final String LISTEN_KEY = "lIsTeNkEy7".repeat(6) + "wire";
    private static final Lease LEASE = lease(API_KEY);

    private static final Duration LONG = Duration.ofMinutes(1);

    /** Enough consecutive failures to open the breaker. */
    private static final int BREAKER_VOLUME = 20;

    @Inject
    BinanceGateway gateway;

    @Inject
    ExchangeGate gate;

    @Inject
    InstantSource clock;

    @Inject
    CircuitBreakerMaintenance breakers;

    /** Set by {@link StubExchange}. */
    private WireMockServer exchange = new WireMockServer();

    /** The first calls of a process are slow. */
    @BeforeEach
    void anExchangeThatIsWarmAndWasNotCalledYet() {
        breakers.resetAll();
        exchange.resetAll();
        given(json("{}"));
        for (int tries = 0; tries < 10 && gateway.extend(LEASE).failed() != null; tries++) {
            breakers.resetAll();
        }
        exchange.resetAll();
    }

    // --- the request

    @ParameterizedTest
    @CsvSource({"ACTIVE_KEY, POST", "EXTEND, PUT", "CLOSE, DELETE"})
    void aCallIsOneRequestWithTheKeyInItsHeaderAndNothingElse(Call call, String method) {
        given(json("{}"));

        call(call);

        List<LoggedRequest> requests = requests();
        assertThat(requests).hasSize(1);
        LoggedRequest request = requests.get(0);
        assertThat(request.getMethod().getName()).isEqualTo(method);
        assertThat(request.getUrl()).isEqualTo("/eapi/v1/listenKey");
        assertThat(request.header("X-MBX-APIKEY").values()).containsExactly(API_KEY);
        assertThat(request.getBody()).isEmpty();
        assertThat(request.containsHeader("Transfer-Encoding")).isFalse();
    }

    @Test
    void aLeaseWithoutApiKeyMakesNoCallAndCostsNoWeight() {
        RenewalOutcome outcome = gateway.extend(lease(null));

        assertSkipped(outcome, Reason.CREDENTIALS_REFUSED);
        assertThat(requests()).isEmpty();
    }

    // --- success

    @Test
    void aPostNamesTheKeyAndItsExpiration() {
        given(json("{\"listenKey\":\"" + LISTEN_KEY + "\",\"expiration\":1795309210000}"));
        Instant before = clock.instant();

        RenewalOutcome outcome = gateway.activeKey(LEASE);

        assertThat(outcome).isInstanceOfSatisfying(Confirmed.class, confirmed -> {
            assertThat(confirmed.key().reveal()).isEqualTo(LISTEN_KEY);
            assertThat(confirmed.expiration()).isEqualTo(Instant.ofEpochMilli(1795309210000L));
            assertThat(confirmed.sentAt()).isBetween(before, clock.instant());
        });
        assertNoSecretIn(outcome);
    }

    @Test
    void aRenewalCountsFromTheInstantOfSendingNotOfTheReply() {
        given(json("{}").withFixedDelay(200));
        Instant before = clock.instant();

        RenewalOutcome outcome = gateway.extend(LEASE);

        assertThat(outcome)
                .isInstanceOfSatisfying(
                        Renewed.class,
                        renewed -> assertThat(renewed.sentAt())
                                .isBetween(before, clock.instant().minusMillis(200)));
    }

    @Test
    void aKeyThatIsClosedAlreadyCountsAsClosed() {
        given(error(400, "-1125", "This listenKey does not exist."));

        assertThat(gateway.close(LEASE)).isInstanceOf(Renewed.class);
        assertFailed(gateway.extend(LEASE), Reason.NO_ACTIVE_KEY, 400);
        assertFailed(gateway.activeKey(LEASE), Reason.NO_ACTIVE_KEY, 400);
    }

    @Test
    void theWeightThatTheExchangeCountedReachesTheGateOnAFailureToo() {
        gate.recall(1);
        given(json("{}").withHeader("X-MBX-USED-WEIGHT-1M", "137"));
        gateway.extend(LEASE);
        assertThat(gate.weightUsed()).isEqualTo(137);

        given(error(400, "-1125", "no").withHeader("x-mbx-used-weight-1m", "151"));
        gateway.extend(LEASE);
        assertThat(gate.weightUsed()).isEqualTo(151);
    }

    @Test
    void theExchangesOwnLimitIsRead() {
        given(json("{\"optionSymbols\":[" + "{\"symbol\":\"BTC-260925-50000-C\"},".repeat(50_000)
                + "{}],\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"MINUTE\",\"intervalNum\":1,"
                + "\"limit\":100}]}"));

        LimitAnswer answer = gateway.limit(LONG);

        assertThat(answer)
                .isInstanceOfSatisfying(
                        Named.class, named -> assertThat(named.weight()).isEqualTo(100));
        assertThat(answer.outcome()).isInstanceOf(Renewed.class);
        LoggedRequest request = requests().get(0);
        assertThat(request.getMethod().getName()).isEqualTo("GET");
        assertThat(request.getUrl()).isEqualTo("/eapi/v1/exchangeInfo");
        assertThat(request.containsHeader("X-MBX-APIKEY")).isFalse();
    }

    @ParameterizedTest(name = "HTTP {0}: {1}")
    @CsvSource({"200, GARBLED", "404, GONE", "503, UNREACHABLE", "403, BLOCKED", "429, THROTTLED"})
    void aLimitThatCanNotBeReadIsNotNamed(int status, Reason reason) {
        given(aResponse().withStatus(status).withBody("<html>no</html>"));

        LimitAnswer answer = gateway.limit(LONG);

        assertThat(answer).isInstanceOf(NotNamed.class);
        assertThat(failure(answer.outcome()))
                .extracting(Failure::reason, Failure::httpStatus)
                .containsExactly(reason, status);
    }

    // --- replies that are none

    @ParameterizedTest(name = "HTTP {0} {1}: {2}")
    @CsvSource(delimiter = '|', textBlock = """
                    200 | <html>Log in to this network</html>        | GARBLED
                    200 | ''                                         | GARBLED
                    200 | [{}]                                       | GARBLED
                    201 | {}                                         | GARBLED
                    400 | {"code":"-1125","msg":"no such listenKey"} | NO_ACTIVE_KEY
                    400 | {"code":-1102,"msg":"malformed"}           | BAD_REQUEST
                    401 | {"code":"-2015","msg":"Invalid API-key"}   | CREDENTIALS_REFUSED
                    404 | <html>not here</html>                      | GONE
                    410 | ''                                         | GONE
                    500 | ''                                         | UNREACHABLE
                    503 | Unknown error, please check your request   | UNREACHABLE
                    """)
    void aReplyFailsOnlyThisAccount(int status, String body, Reason reason) {
        given(aResponse().withStatus(status).withBody(body));

        for (Call call : List.of(Call.EXTEND, Call.ACTIVE_KEY)) {
            assertFailed(call(call), reason, status);
        }
        assertThat(requests()).hasSize(2);
    }

    @ParameterizedTest(name = "HTTP {0} {1}: {2}")
    @CsvSource({"403, <html>blocked</html>, BLOCKED", "418, '', BANNED", "429, '', THROTTLED"})
    void aPauseLastsAsLongAsItsHeaderSays(int status, String body, Reason reason) {
        given(aResponse().withStatus(status).withBody(body).withHeader("Retry-After", "300"));
        Instant before = clock.instant();

        RenewalOutcome outcome = gateway.extend(LEASE);

        assertThat(outcome).isInstanceOfSatisfying(Paused.class, paused -> {
            assertThat(paused.failure().reason()).isEqualTo(reason);
            assertThat(paused.until())
                    .isBetween(before.plusSeconds(301), clock.instant().plusSeconds(301));
        });
        assertNoSecretIn(outcome);
    }

    @Test
    void anEchoedKeyIsMasked() {
        given(error(401, "-2015", "Invalid API-key " + API_KEY + " for " + LISTEN_KEY));

        RenewalOutcome outcome = gateway.extend(LEASE);

        assertFailed(outcome, Reason.CREDENTIALS_REFUSED, 401);
        assertThat(failure(outcome).message()).isEqualTo("Invalid API-key *** for ***");
    }

    @Test
    void aBodyInAnotherCharsetIsReadAllTheSame() {
        byte[] latin = {'{', '"', 'x', '"', ':', '"', (byte) 0xE9, '"', '}'};
        given(aResponse().withStatus(200).withBody(latin));

        assertFailed(gateway.extend(LEASE), Reason.GARBLED, 200);
    }

    // --- no reply

    @ParameterizedTest
    @EnumSource(names = {"CONNECTION_RESET_BY_PEER", "EMPTY_RESPONSE", "RANDOM_DATA_THEN_CLOSE"})
    void aBrokenConnectionIsUnreachableAndNotRetriedHere(Fault fault) {
        given(aResponse().withFault(fault));

        RenewalOutcome outcome = gateway.extend(LEASE);

        assertFailed(outcome, Reason.UNREACHABLE, null);
        assertThat(failure(outcome).message()).isNotBlank();
        assertThat(requests()).hasSize(1);
    }

    @Test
    void garbageAfterAGoodStatusIsGarbled() {
        given(aResponse().withFault(Fault.MALFORMED_RESPONSE_CHUNK));

        assertFailed(gateway.extend(LEASE), Reason.GARBLED, 200);
    }

    @ParameterizedTest
    @EnumSource
    void anExchangeThatHangsIsGivenUpAfterTheCallTimeout(Call call) {
        given(json("{}").withFixedDelay(10_000));

        assertGivenUpInTime(call);
    }

    @Test
    void aTricklingBodyIsGivenUpAfterTheCallTimeout() {
        given(json("{\"listenKey\":\"" + LISTEN_KEY + "\"}").withChunkedDribbleDelay(50, 10_000));

        assertGivenUpInTime(Call.ACTIVE_KEY);
    }

    // --- the breaker

    @Test
    void anOpenBreakerMakesNoCallAndCostsNoWeight() {
        openTheBreaker();
        int before = requests().size();
        RenewalOutcome outcome = gateway.extend(LEASE);
        for (int tries = 0; tries < 1000 && !(outcome instanceof Skipped); tries++) {
            // On a slow machine the breaker may let a call through by now; it fails and opens the breaker again.
            before = requests().size();
            outcome = gateway.extend(LEASE);
        }

        assertSkipped(outcome, Reason.UNREACHABLE);
        assertThat(failure(outcome).message()).startsWith("not called");
        assertThat(requests()).hasSize(before);
    }

    @Test
    void anOpenBreakerLetsTheCallThroughThatWorks() {
        openTheBreaker();
        given(json("{}"));

        RenewalOutcome outcome = gateway.extend(LEASE);
        for (int tries = 0; tries < 1_000_000 && outcome.failed() != null; tries++) {
            outcome = gateway.extend(LEASE);
        }

        assertThat(outcome).isInstanceOf(Renewed.class);
        assertThat(gateway.extend(LEASE)).isInstanceOf(Renewed.class);
    }

    @Test
    void aReplyOfAnyKindKeepsTheBreakerClosed() {
        given(aResponse().withStatus(503));

        for (int calls = 0; calls < 2 * BREAKER_VOLUME; calls++) {
            assertFailed(gateway.extend(LEASE), Reason.UNREACHABLE, 503);
        }

        assertThat(requests()).hasSize(2 * BREAKER_VOLUME);
    }

    /** The breaker's single probe could hang, too, and would block calls that work. */
    @Test
    void aTimeoutKeepsTheBreakerClosed() {
        failAtOnce(BREAKER_VOLUME - 1);
        given(json("{}").withFixedDelay(10_000));
        gateway.extend(LEASE);
        given(json("{}"));

        assertThat(gateway.extend(LEASE)).isInstanceOf(Renewed.class);
    }

    private void openTheBreaker() {
        failAtOnce(BREAKER_VOLUME);
    }

    private void failAtOnce(int calls) {
        given(aResponse().withFault(Fault.EMPTY_RESPONSE));
        for (int i = 0; i < calls; i++) {
            gateway.extend(LEASE);
        }
        assertThat(requests()).hasSize(calls);
    }

    private void assertGivenUpInTime(Call call) {
        long started = System.nanoTime();

        RenewalOutcome outcome = call(call);

        assertFailed(outcome, Reason.UNREACHABLE, null);
        assertThat(failure(outcome).message()).isEqualTo("no complete reply in time");
        assertThat(Duration.ofNanos(System.nanoTime() - started))
                .isBetween(
                        Duration.ofMillis(StubExchange.CALL_TIMEOUT_MILLIS - 100),
                        Duration.ofMillis(3 * StubExchange.CALL_TIMEOUT_MILLIS));
    }

    private RenewalOutcome call(Call call) {
        return switch (call) {
            case ACTIVE_KEY -> gateway.activeKey(LEASE);
            case EXTEND -> gateway.extend(LEASE);
            case CLOSE -> gateway.close(LEASE);
            case EXCHANGE_INFO -> gateway.limit(LONG).outcome();
        };
    }

    private void given(ResponseDefinitionBuilder response) {
        exchange.stubFor(any(anyUrl()).willReturn(response));
    }

    private List<LoggedRequest> requests() {
        return exchange.findAll(anyRequestedFor(anyUrl()));
    }

    private static ResponseDefinitionBuilder json(String body) {
        return aResponse()
                .withStatus(200)
                .withHeader("Content-Type", "application/json")
                .withBody(body);
    }

    private static ResponseDefinitionBuilder error(int status, String code, String message) {
        return json("{\"code\":" + code + ",\"msg\":\"" + message + "\"}").withStatus(status);
    }

    private static void assertFailed(RenewalOutcome outcome, Reason reason, @Nullable Integer status) {
        Failure failure = failure(outcome);
        assertThat(outcome).isInstanceOf(RenewalOutcome.Failed.class);
        assertThat(failure.reason()).isEqualTo(reason);
        assertThat(failure.httpStatus()).isEqualTo(status);
        assertNoSecretIn(outcome);
    }

    private static void assertSkipped(RenewalOutcome outcome, Reason reason) {
        assertThat(outcome).isInstanceOf(Skipped.class);
        assertThat(failure(outcome).reason()).isEqualTo(reason);
        assertNoSecretIn(outcome);
    }

    private static void assertNoSecretIn(RenewalOutcome outcome) {
        assertThat(outcome.toString()).doesNotContain(API_KEY, LISTEN_KEY);
    }
}
