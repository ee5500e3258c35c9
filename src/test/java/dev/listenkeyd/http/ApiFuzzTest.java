package dev.listenkeyd.http;

import static dev.listenkeyd.exchange.StandInResource.SECOND_API_KEY;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.listenkeyd.exchange.CallLedger;
import dev.listenkeyd.exchange.StandInExchange;
import dev.listenkeyd.http.ApiDocument.Operation;
import dev.listenkeyd.http.RawCall.Answer;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Whatever is sent: never a 500, never a stack trace, never a hang, memory bounded, and the daemon goes on renewing
 * meanwhile. {@code -Dlistenkeyd.seed=} replays a run.
 */
@QuarkusTest
@TestProfile(DaemonWithShortLeases.class)
@NullUnmarked
class ApiFuzzTest {
    private static final int CALLS = 4000;
    /** Twice as many, and some more, have room: FloodTest closes connections, this test must not. */
    private static final int CROWD = 110;
    /** What may stay after thousands of calls, caches and compiled code included. */
    private static final long HEAP_BOUND = 48L << 20;

    private static final int OPEN_FILES_BOUND = 20;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Not in the document: for probes, for programs, for the sandbox, and nothing at all. */
    private static final List<Operation> UNDESCRIBED = List.of(
            new Operation("GET", "/q/health"),
            new Operation("GET", "/q/health/live"),
            new Operation("GET", "/q/health/ready"),
            new Operation("GET", "/q/health/well"),
            new Operation("GET", "/q/metrics"),
            new Operation("GET", "/q/openapi"),
            new Operation("POST", "/sandbox/faults"),
            new Operation("POST", "/sandbox/eapi/v1/listenKey"),
            new Operation("GET", "/{account}"),
            new Operation("GET", "/q/{account}"),
            new Operation("POST", "/v1/{account}"));

    /** The same calls in every build; another number tries others. */
    private final long seed = Long.getLong("listenkeyd.seed", 1);

    StandInExchange exchange;

    private ErrorRecording log;
    private FuzzRules rules;
    private Instant start;

    @BeforeEach
    void watch() {
        System.out.println("ApiFuzzTest: -Dlistenkeyd.seed=" + seed);
        rules = new FuzzRules(ApiDocument.read());
        log = new ErrorRecording();
        start = Instant.now();
    }

    @AfterEach
    void nothingWasLoggedAndTheDaemonWentOnRenewing() {
        log.close();
        assertThat(log.errors).as("seed %s", seed).isEmpty();
        // One more renewal than there was: the loop is alive now, not only was.
        int before = renewals().size();
        until("a renewal", () -> renewals().size() > before);
        Instant last = start;
        for (CallLedger.Call call : renewals()) {
            assertThat(Duration.between(last, call.at())).as("seed %s", seed).isLessThan(DaemonWithShortLeases.TTL);
            last = call.at();
        }
    }

    @Test
    void noCallBreaksARule() throws IOException {
        FuzzInput input = new FuzzInput(seed);
        ApiDocument document = ApiDocument.read();
        List<Operation> all = new ArrayList<>(document.operations());
        all.addAll(document.operations());
        all.addAll(UNDESCRIBED);
        fuzz(input, document, all, CALLS / 4);
        long heap = usedHeap();

        fuzz(input, document, all, CALLS - CALLS / 4);

        assertThat(usedHeap() - heap).as("seed %s", seed).isLessThan(HEAP_BOUND);
        assertThat(rules.seen())
                .as("seed %s", seed)
                .containsKeys(
                        "POST /v1/listen-keys 201",
                        "POST /v1/listen-keys 400",
                        "GET /v1/listen-keys 200",
                        "GET /v1/listen-keys 400",
                        "GET /v1/listen-keys/{account} 404",
                        "GET /v1/listen-keys/{account}/explain 200",
                        "GET /v1/listen-keys/{account}/explain 404",
                        "POST /v1/what-if 200",
                        "POST /v1/what-if 400",
                        "DELETE /v1/listen-keys/{account} 204");
    }

    private void fuzz(FuzzInput input, ApiDocument document, List<Operation> all, int calls) throws IOException {
        for (int i = 0; i < calls; i++) {
            Operation operation = input.one(all);
            rules.judge(input.call(operation.method(), operation.path(), document.queries(operation)));
        }
    }

    @Test
    void bytesThatAreHardlyHttpAreRefusedWithoutAnError() throws IOException {
        for (String request : WireInput.BROKEN) {
            rules.judgeWire(request.getBytes(ISO_8859_1), WireInput.shown(request));
        }
        for (String request : WireInput.REFUSED) {
            Answer answer = rules.judgeWire(request.getBytes(ISO_8859_1), WireInput.shown(request));
            assertThat(answer.status()).as(WireInput.shown(request) + answer).isBetween(400, 499);
        }
    }

    @Test
    void chanceIsNoHttp() throws IOException {
        java.util.Random random = new java.util.Random(seed);
        for (int i = 0; i < 300; i++) {
            byte[] noise = new byte[1 + random.nextInt(300)];
            random.nextBytes(noise);
            byte[] end = "\r\n\r\n".getBytes(ISO_8859_1);
            rules.judgeWire(FuzzInput.joined(noise, end), "noise of seed " + seed);
        }
    }

    @Test
    void oneConnectionServesCallAfterCall() throws IOException {
        try (RawCall line = new RawCall()) {
            String get = "GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n";
            String post = "POST /v1/listen-keys HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
            line.send(get + post + "Content-Length: 2\r\n\r\n{}" + post + "Content-Length: 0\r\n\r\n" + post
                    + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + get);

            for (int status : List.of(200, 400, 400, 400, 200)) {
                assertThat(line.answer(false).status()).isEqualTo(status);
            }
        }
    }

    /** Slow bodies, slow heads, halves and silence, all at once: nobody else waits, and nothing of it stays. */
    @Test
    void aStalledCallerHoldsUpNoOther() throws IOException {
        long files = openFiles();
        List<RawCall> bodies = new ArrayList<>();
        List<RawCall> others = new ArrayList<>();
        String post = "POST /v1/listen-keys HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
        try {
            for (int i = 0; i < CROWD; i++) {
                // More than Quarkus reads by itself before it gives a thread to the call.
                bodies.add(begun(post + "Content-Length: 16000\r\n\r\n" + " ".repeat(15_000)));
                others.add(begun(i % 2 == 0 ? "" : "GET /v1/status HTTP/1.1\r\nHost: loc"));
            }
            for (int i = 0; i < 20; i++) {
                RawCall half = begun(post + "Content-Length: 10\r\n\r\n{");
                half.shutOutput();
                others.add(half);
                Instant before = Instant.now();
                assertThat(RawCall.of("GET /v1/listen-keys/unheard-of HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                .status())
                        .isEqualTo(404);
                assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(2));
            }
            for (RawCall body : bodies) {
                assertThat(body.answer(false).status()).isEqualTo(408);
                assertThat(body.isClosed()).isTrue();
            }
        } finally {
            close(bodies);
            close(others);
        }
        until("no connection stays", () -> openFiles() < files + OPEN_FILES_BOUND);
    }

    @Test
    void beyondTheLimitANewConnectionTakesThePlaceOfAnother() throws IOException {
        List<RawCall> crowd = new ArrayList<>();
        long files = openFiles();
        String get = "GET /v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n";
        try {
            for (int i = 0; i < 2 * DaemonWithShortLeases.MAX_CONNECTIONS; i++) {
                RawCall call = begun(get);
                crowd.add(call);
                assertThat(call.answer(false).status()).isEqualTo(200);
            }
            crowd.get(0).send(get);
            assertThat(crowd.get(0).answer(false).status()).isEqualTo(200);
            // The test has the other ends.
            assertThat(openFiles() - files - crowd.size())
                    .isLessThan(DaemonWithShortLeases.MAX_CONNECTIONS + OPEN_FILES_BOUND);
        } finally {
            close(crowd);
        }
        until("no connection stays", () -> openFiles() < files + OPEN_FILES_BOUND);
    }

    private static RawCall begun(String request) throws IOException {
        RawCall call = new RawCall();
        call.send(request);
        return call;
    }

    private static void close(List<RawCall> calls) throws IOException {
        for (RawCall call : calls) {
            call.close();
        }
    }

    /** Of an account that is kept, and that no call of this test touches. */
    private List<CallLedger.Call> renewals() {
        return exchange.ledger().callsSince(start).stream()
                .filter(call -> call.apiKey().equals(SECOND_API_KEY) && call.succeeded())
                .toList();
    }

    private static void until(String what, BooleanSupplier reached) {
        Instant end = Instant.now().plus(PATIENCE);
        while (!reached.getAsBoolean()) {
            assertThat(Instant.now()).as(what).isBefore(end);
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    private static long usedHeap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static long openFiles() {
        return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
    }
}
