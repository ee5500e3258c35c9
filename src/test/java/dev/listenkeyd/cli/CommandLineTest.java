package dev.listenkeyd.cli;

import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.tomakehurst.wiremock.WireMockServer;
import dev.listenkeyd.cli.CommandContext.Machine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each command against a stub of the daemon: calls, texts and exit codes. */
class CommandLineTest {
    private static final Instant NOW = Instant.parse("2026-11-29T16:10:00.500Z");
    private static final String TOKEN = "a-token-of-a-client-0001";
    private static final String ESCAPE = "\u001b";

    private static final String LEASE = """
            {"account":"main","status":"ACTIVE","revision":9,"generation":2,"fingerprint":"3f9a1c2b","onLoss":"recreate",
             "holders":["bot-1"],"registeredAt":"2026-11-29T16:00:00Z","lastSuccessAt":"2026-11-29T16:09:30.1Z",
             "expiresAt":"2026-11-29T16:44:33.7Z","confirmedAt":null,"lastCheckAt":null,
             "nextAttemptAt":"2026-11-29T16:10:30.500Z","failures":%d,"attemptsLeft":17,
             "lastFailure":%s,"lastLoss":null,"stream":null}""";
    private static final String FAILURE =
            "{\"at\":\"2026-11-29T16:09:59Z\",\"reason\":\"UNREACHABLE\",\"httpStatus\":null,\"code\":null,\"message\":\"%s\"}";
    private static final String WELL = LEASE.formatted(0, "null");

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final ByteArrayOutputStream complained = new ByteArrayOutputStream();
    private final Map<String, String> variables = new HashMap<>();
    private final List<Duration> pauses = new ArrayList<>();
    private StubDaemon daemon;
    private boolean terminal;
    private long nanos;

    @TempDir
    private Path folder;

    @BeforeEach
    void start() throws IOException {
        daemon = new StubDaemon();
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    @Test
    void listIsATableWithDeadlinesForPeople() {
        String trouble = LEASE.formatted(3, FAILURE.formatted("Connection was closed"))
                .replace("\"main\"", "\"desk-2\"")
                .replace("ACTIVE", "AT_RISK");
        daemon.json("{\"items\":[" + WELL + "],\"next\":\"main\"}").json("{\"items\":[" + trouble + "],\"next\":null}");

        assertThat(run("list")).isZero();

        assertThat(said).hasToString(lines("""
                ACCOUNT  STATUS   DEADLINE                          NEXT CALL                       FINGERPRINT  LAST FAILURE
                main     ACTIVE   in 34 min (2026-11-29T16:44:33Z)  in 30 s (2026-11-29T16:10:30Z)  3f9a1c2b     -
                desk-2   AT_RISK  in 34 min (2026-11-29T16:44:33Z)  in 30 s (2026-11-29T16:10:30Z)  3f9a1c2b     UNREACHABLE: Connection was closed
                """));
        assertThat(daemon.calls())
                .extracting(StubDaemon.Call::line)
                .containsExactly("GET /v1/listen-keys?limit=1000", "GET /v1/listen-keys?limit=1000&after=main");
    }

    @Test
    void theListNamesTheReplicaOfEachLeaseWhereThereAreSeveral() {
        String owned = WELL.replace("\"stream\":null", "\"stream\":null,\"replica\":\"a\"");
        String free = WELL.replace("main", "desk-2");
        daemon.json("{\"items\":[" + owned + "," + free + "],\"next\":null}").json(owned);

        assertThat(run("list")).isZero();
        assertThat(run("show", "main")).isZero();

        assertThat(said.toString(StandardCharsets.UTF_8).lines())
                .element(0)
                .asString()
                .endsWith("FINGERPRINT  REPLICA  LAST FAILURE");
        assertThat(said.toString(StandardCharsets.UTF_8))
                .contains("3f9a1c2b     a        -\n", "3f9a1c2b              -\n", "\nreplica       a\n");
    }

    @Test
    void replicasAreATable() {
        daemon.json("""
                {"items":[{"replica":"a","id":"a-1","startedAt":"2026-11-29T16:00:00Z","lastBeatAt":"2026-11-29T16:09:59.9Z","leases":15,"weight":200,"answering":true},
                          {"replica":"b","id":"b-1","startedAt":"2026-11-29T16:00:00Z","lastBeatAt":"2026-11-29T16:09:59.9Z","leases":0,"weight":0,"answering":false}],
                 "gone":[{"replica":"c","id":"c-1","startedAt":"2026-11-29T16:00:00Z","lastBeatAt":"2026-11-29T16:08:00Z","leases":7,"weight":200,"answering":false}],
                 "takeovers":{"given":0,"orphaned":7,"requested":1}}""");

        assertThat(run("replicas")).isZero();

        assertThat(said).hasToString(lines("""
                REPLICA  STATE                      LEASES  WEIGHT  LAST BEAT                         STARTED
                a        live, answering            15      200     0 s ago (2026-11-29T16:09:59Z)    10 min ago (2026-11-29T16:00:00Z)
                b        paused, banned or cut off  0       0       0 s ago (2026-11-29T16:09:59Z)    10 min ago (2026-11-29T16:00:00Z)
                c        gone                       7       200     2 min ago (2026-11-29T16:08:00Z)  10 min ago (2026-11-29T16:00:00Z)
                taken over by the answering one  7 orphaned, 1 requested
                """));
        assertThat(daemon.calls().get(0).line()).isEqualTo("GET /v1/replicas");
    }

    /** Each byte comes in time, and the answer never ends. */
    @Test
    void anAnswerThatDripsIsNotAwaitedForever() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> dripping = CompletableFuture.runAsync(() -> drip(server));
            DaemonClient client = new DaemonClient(new Endpoint("http://127.0.0.1:" + server.getLocalPort(), null));

            assertThatThrownBy(() -> client.get("/v1/status", Duration.ofMillis(400)))
                    .isInstanceOf(CommandFailed.class)
                    .hasMessageEndingWith("no answer in time");
            assertThat(dripping).as("it still does").isNotDone();
        }
    }

    /** Until the reader is gone. */
    private static void drip(ServerSocket server) {
        try (Socket call = server.accept()) {
            OutputStream out = call.getOutputStream();
            out.write("HTTP/1.1 200 OK\r\nX: ".getBytes(StandardCharsets.UTF_8));
            call.setSoTimeout(20);
            while (!server.isClosed()) {
                out.write('x');
                awaitSilence(call);
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    private static void awaitSilence(Socket call) throws IOException {
        try {
            while (call.getInputStream().read() >= 0) {
                // The request.
            }
        } catch (SocketTimeoutException e) {
            // Time to go on.
        }
    }

    @Test
    void listAsJsonIsOneDocumentOfAllPages() throws IOException {
        daemon.json("{\"items\":[" + WELL + "],\"next\":\"main\"}").json("{\"items\":[],\"next\":null}");

        assertThat(run("list", "--json", "--status=at-risk")).isZero();

        JsonNode all = new ObjectMapper().readTree(said.toByteArray());
        assertThat(all.path("items")).containsExactly(new ObjectMapper().readTree(WELL));
        assertThat(all.path("next").isNull()).isTrue();
        assertThat(daemon.calls().get(1).line()).isEqualTo("GET /v1/listen-keys?limit=1000&status=AT_RISK&after=main");
    }

    @Test
    void aListThatAFailureCutsShortIsNoDocument() {
        daemon.json("{\"items\":[" + WELL + "],\"next\":\"main\"}").problem(503, "busy", "later");

        assertThat(run("list", "--json")).isOne();

        assertThat(complained).hasToString(lines("listenkeyd: later (busy)\n"));
        assertThatThrownBy(() -> new ObjectMapper().readTree(said.toByteArray()))
                .isInstanceOf(IOException.class);
    }

    @Test
    void asJsonTheDaemonsOwnIsPrinted() {
        daemon.json(WELL + "\n");

        assertThat(run("show", "main", "--json")).isZero();

        assertThat(said).hasToString(WELL + System.lineSeparator());
        assertThat(daemon.calls().get(0).line()).isEqualTo("GET /v1/listen-keys/main");
    }

    /** Texts of the exchange, of holders and of persons can't move the cursor, colour, or forge a line. */
    @ParameterizedTest
    @ValueSource(strings = {"show", "list", "explain", "status", "watch"})
    void textsOfOthersAreHarmless(String command) {
        String hostile = "x\\u001b[2J\\u0007\\r\\n\\u009b31mroot\\u202etxt\\u0000\\ud800\\u2028y";
        String lease = LEASE.formatted(1, FAILURE.formatted(hostile)).replace("bot-1", hostile);
        switch (command) {
            case "list" -> daemon.json("{\"items\":[" + lease + "],\"next\":null}");
            case "explain" ->
                daemon.json("{\"account\":\"main\",\"status\":\"" + hostile + "\",\"why\":\"" + hostile
                        + "\",\"happened\":[\"" + hostile + "\"],\"next\":{\"kind\":\"x\",\"why\":\"" + hostile
                        + "\"}}");
            case "status" ->
                daemon.json(
                        "{\"leases\":{\"" + hostile.replace("\\ud800", "") + "\":1},\"version\":\"" + hostile + "\"}");
            case "watch" ->
                daemon.events("event: lost\ndata: {\"at\":\"" + hostile + "\",\"account\":\"" + hostile
                                + "\",\"status\":\"" + hostile + "\",\"fingerprint\":\"" + hostile + "\"}\n\n")
                        .problem(403, "forbidden", "no");
            default -> daemon.json(lease);
        }

        run(command.equals("show") || command.equals("explain") ? List.of(command, "main") : List.of(command));

        String shown = said.toString(StandardCharsets.UTF_8);
        assertThat(shown).contains("x?[2J");
        assertThat(shown.lines())
                .allSatisfy(
                        line -> assertThat(line).doesNotContainPattern("[\\p{Cntrl}\\u0080-\\u009f\\u202e\\u2028]"));
        assertThat(shown.lines()).noneMatch(line -> line.startsWith("y"));
    }

    @Test
    void coloursAreForTerminalsThatWantThem() {
        terminal = true;
        assertThat(colouredShow()).contains(ESCAPE + "[32mACTIVE" + ESCAPE + "[0m");
        variables.put("NO_COLOR", "1");
        assertThat(colouredShow()).doesNotContain(ESCAPE);
        variables.remove("NO_COLOR");
        variables.put("TERM", "dumb");
        assertThat(colouredShow()).doesNotContain(ESCAPE);
        variables.remove("TERM");
        terminal = false;
        assertThat(colouredShow()).doesNotContain(ESCAPE);
    }

    private String colouredShow() {
        said.reset();
        daemon.json(WELL);
        assertThat(run("show", "main")).isZero();
        return said.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({
        "400, invalid-request, 2",
        "401, unauthorized, 4",
        "403, forbidden, 4",
        "404, not-found, 3",
        "409, lost, 1",
        "500, internal, 1",
        "503, busy, 1",
    })
    void aProblemIsOneSentenceAndAnExitCode(int status, String code, int exitCode) {
        daemon.problem(status, code, "account: so\\u001b it is");

        assertThat(run("key", "main")).isEqualTo(exitCode);

        assertThat(complained)
                .asString()
                .startsWith("listenkeyd: account: so? it is (" + code + ")")
                .hasLineCount(1);
        assertThat(said).asString().isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"404, no", "502, <html>", "302, ''", "200, <html>", "200, '{} {}'", "200, '{\"a\":'", "200, ''"})
    void anotherServerIsAFailure(int status, String body) {
        daemon.reply(status, "text/html", body);

        assertThat(run("status")).isOne();

        assertThat(complained)
                .asString()
                .contains("listenkeyd: " + daemon.url())
                .hasLineCount(1);
        assertThat(said).asString().isEmpty();
    }

    @Test
    void whereNothingListensThereIsNoDaemon() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        for (String command : List.of("status", "list", "watch")) {
            complained.reset();
            assertThat(run(command, "--url", "http://127.0.0.1:" + port)).isEqualTo(5);
            assertThat(complained)
                    .asString()
                    .startsWith("listenkeyd: no daemon answers at http://127.0.0.1:" + port + ": ")
                    .hasLineCount(1);
        }
    }

    @Test
    void aConnectionThatIsClosedWithoutAnAnswerIsNoDaemon() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread closing = new Thread(() -> {
                try {
                    while (true) {
                        socket.accept().close();
                    }
                } catch (IOException e) {
                    // The test is over.
                }
            });
            closing.setDaemon(true);
            closing.start();

            assertThat(run("status", "--url", "http://127.0.0.1:" + socket.getLocalPort()))
                    .isEqualTo(5);
        }
    }

    /** In a process of its own, since Java reads the setting only once. */
    @Test
    void aRenewalWhoseAnswerIsLostIsNotSentAgain() throws Exception {
        CompletableFuture<Integer> calls = new CompletableFuture<>();
        try (ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Process command = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            "dev.listenkeyd.app.Main",
                            "renew",
                            "main",
                            "--url",
                            "http://127.0.0.1:" + socket.getLocalPort())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("answer").toFile())
                    .start();
            Thread closing = new Thread(() -> calls.complete(closeEachCall(socket)));
            closing.start();

            assertThat(command.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(Files.readString(folder.resolve("answer"))).contains("no daemon answers");
        assertThat(calls.get(60, TimeUnit.SECONDS)).isOne();
    }

    private static int closeEachCall(ServerSocket socket) {
        for (int calls = 0; ; calls++) {
            try (Socket call = socket.accept()) {
                // The end without an answer counts only when the call was read.
                call.getInputStream().read(new byte[8192]);
            } catch (IOException e) {
                return calls;
            }
        }
    }

    @Test
    void anUntrustedCertificateIsAFailureAndIsShownNoToken() {
        variables.put("LISTENKEYD_TOKEN", TOKEN);
        WireMockServer impostor =
                new WireMockServer(wireMockConfig().dynamicPort().dynamicHttpsPort());
        impostor.start();
        try {
            assertThat(run("status", "--url", "https://localhost:" + impostor.httpsPort()))
                    .isOne();
            assertThat(impostor.getAllServeEvents()).isEmpty();
        } finally {
            impostor.stop();
        }
        assertThat(complained).asString().contains("TLS failed").hasLineCount(1);
    }

    @Test
    void theTokenComesFromTheEnvironmentOrAFile() throws IOException {
        Path file = Files.writeString(folder.resolve("token"), "\n" + TOKEN + "\nan-older-token-of-it\n");
        variables.put("LISTENKEYD_TOKEN", TOKEN);
        daemon.json(WELL).json(WELL).json(WELL);
        assertThat(run("show", "main")).isZero();
        variables.clear();
        variables.put("LISTENKEYD_TOKEN_FILE", file.toString());
        assertThat(run("show", "main")).isZero();
        variables.clear();
        assertThat(run("show", "main")).isZero();

        assertThat(daemon.calls())
                .extracting(StubDaemon.Call::token)
                .containsExactly("Bearer " + TOKEN, "Bearer " + TOKEN, null);
    }

    @ParameterizedTest
    @CsvSource({
        "http://192.0.2.1:8080, 2",
        "http://localhost.example:8080, 2",
        "http://127.0.0.1.example, 2",
        "http://[2001:db8::1]:8080, 2",
    })
    void overTheNetworkATokenGoesEncryptedOnly(String url, int exitCode) {
        variables.put("LISTENKEYD_TOKEN", TOKEN);
        variables.put("LISTENKEYD_URL", url);

        assertThat(run("status")).isEqualTo(exitCode);

        assertThat(complained).asString().contains("unencrypted").doesNotContain(TOKEN);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1/", "HTTP://LOCALHOST:1"})
    void onThisMachineATokenMayGoByHttp(String url) {
        variables.put("LISTENKEYD_TOKEN", TOKEN);

        assertThat(run("status", "--url", url)).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "here",
                "ftp://127.0.0.1",
                "http://",
                "http://user:secret-word@127.0.0.1",
                "http://127.0.0.1/?secret-word",
                "http://127.0.0.1/#secret-word",
                "http://127.0.0.1:99999",
                "http://[::1",
                "http://secret-word@exa mple"
            })
    void aWrongAddressIsWrongUsageAndNotRepeated(String url) {
        assertThat(run("status", "--url", url)).isEqualTo(2);
        assertThat(complained)
                .asString()
                .startsWith("listenkeyd: --url: must be")
                .doesNotContain("secret-word");
    }

    @Test
    void aWrongHostOfTheLocalDaemonIsWrongUsage() {
        Machine machine = new Machine(() -> NOW, () -> 0, pauses::add, false, () -> "http://my_host:8080");
        PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);

        assertThat(CommandLine.run(List.of("status"), new CommandContext(variables, machine, out, err())))
                .isEqualTo(ExitCode.WRONG_USAGE);
        assertThat(complained).asString().startsWith("listenkeyd: QUARKUS_HTTP_HOST and QUARKUS_HTTP_PORT: must be");
    }

    @Test
    void aWrongTokenIsNotRepeated() throws IOException {
        variables.put("LISTENKEYD_TOKEN", "secret word");
        assertThat(run("status")).isEqualTo(2);
        variables.put("LISTENKEYD_TOKEN_FILE", folder.resolve("none").toString());
        assertThat(run("status")).as("both").isEqualTo(2);
        variables.remove("LISTENKEYD_TOKEN");
        assertThat(run("status")).as("no such file").isEqualTo(2);
        variables.put(
                "LISTENKEYD_TOKEN_FILE",
                Files.writeString(folder.resolve("t"), "secret\u001b").toString());
        assertThat(run("status")).isEqualTo(2);
        variables.put("LISTENKEYD_TOKEN_FILE", "secret\0");
        assertThat(run("status")).isEqualTo(2);

        assertThat(complained.toString(StandardCharsets.UTF_8)).hasLineCount(5).doesNotContain("secret");
        assertThat(daemon.calls()).isEmpty();
    }

    @Test
    void theUrlOptionComesBeforeTheVariableAndThatBeforeTheLocalDaemon() {
        variables.put("LISTENKEYD_URL", daemon.url() + "/variable/");
        daemon.json(WELL).json(WELL).json(WELL);
        run("show", "main", "--url", daemon.url() + "/option");
        run("show", "main");
        variables.clear();
        run("show", "main");

        assertThat(daemon.calls())
                .extracting(StubDaemon.Call::line)
                .containsExactly(
                        "GET /option/v1/listen-keys/main",
                        "GET /variable/v1/listen-keys/main",
                        "GET /v1/listen-keys/main");
    }

    @Test
    void aRenewalThatFailedIsAFailure() {
        daemon.json(WELL).json(LEASE.formatted(1, FAILURE.formatted("no route")));

        assertThat(run("renew", "main")).isZero();
        assertThat(run("renew", "main", "--json")).isOne();

        assertThat(complained).hasToString(lines("listenkeyd: the attempt failed, UNREACHABLE: no route\n"));
        assertThat(daemon.calls().get(0).line()).isEqualTo("POST /v1/listen-keys/main/renew");
    }

    @Test
    void aPauseHasAReasonAndAnEnd() {
        String paused = WELL.replace("ACTIVE", "PAUSED").replace("\"lastLoss\":null", """
                "lastLoss":null,"pause":{"since":"2026-11-29T16:10:00Z","until":"2026-11-29T18:10:00Z","reason":"a \\"new\\" wall"}""");
        daemon.json(paused).json(WELL);

        assertThat(run("pause", "main", "--for", "2h", "--reason", "a \"new\" wall"))
                .isZero();
        assertThat(run("resume", "main")).isZero();

        assertThat(said).asString().contains("PAUSED", "ends in 1 h");
        assertThat(daemon.calls())
                .extracting(StubDaemon.Call::line, StubDaemon.Call::body)
                .containsExactly(
                        tuple("POST /v1/listen-keys/main/pause", "{\"reason\":\"a \\\"new\\\" wall\",\"for\":\"2h\"}"),
                        tuple("DELETE /v1/listen-keys/main/pause", ""));
    }

    /** The fingerprint of the key "other" is d9298a10. */
    @Test
    void waitEndsWithAnotherKey() {
        String same = "{\"account\":\"main\",\"listenKey\":\"other\"}";
        String next = "{\"account\":\"main\",\"listenKey\":\"next\"}";
        daemon.json(same).problem(409, "lost", "none").json(next);

        assertThat(run("wait", "main", "--fingerprint", "d9298a10")).isZero();

        assertThat(said).hasToString(next + System.lineSeparator());
        assertThat(daemon.calls())
                .extracting(StubDaemon.Call::line)
                .containsExactly(
                        "GET /v1/listen-keys/main/key?wait=30000ms&after=d9298a10",
                        "GET /v1/listen-keys/main/key?wait=29000ms&after=d9298a10",
                        "GET /v1/listen-keys/main/key?wait=28000ms&after=d9298a10");
    }

    @Test
    void withoutAFingerprintWaitBeginsWithThatOfNow() {
        daemon.json(WELL).json("{\"account\":\"main\",\"listenKey\":\"next\"}");

        assertThat(run("wait", "main", "--timeout", "2m")).isZero();

        assertThat(daemon.calls().get(1).line()).isEqualTo("GET /v1/listen-keys/main/key?wait=60000ms&after=3f9a1c2b");
    }

    /** Each look at the clock takes a second here. */
    @Test
    void waitEndsAtItsTimeout() {
        String same = "{\"account\":\"main\",\"listenKey\":\"other\"}";
        daemon.json(same).json(same).json(same);

        assertThat(run("wait", "main", "--fingerprint=d9298a10", "--timeout=2s"))
                .isOne();

        assertThat(daemon.calls()).hasSize(2);
        assertThat(complained).hasToString(lines("listenkeyd: main has no other key after 2 s\n"));
        assertThat(said).asString().isEmpty();
    }

    @Test
    void waitGoesOnWhileTheDaemonRestarts() {
        String next = "{\"account\":\"main\",\"listenKey\":\"next\"}";
        daemon.problem(503, "busy", "many")
                .json(WELL)
                .problem(503, "store-unavailable", "reading")
                .json(next);

        assertThat(run("wait", "main")).isZero();

        assertThat(said).hasToString(next + System.lineSeparator());
        assertThat(complained).asString().isEmpty();
        assertThat(pauses).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(1));
    }

    /** Each look at the clock takes a second here. */
    @Test
    void waitForADaemonThatStaysAwayEndsAtItsTimeout() {
        daemon.json("{\"account\":\"main\",\"listenKey\":\"other\"}");
        String away = daemon.url();
        assertThat(run("wait", "main", "--fingerprint=d9298a10", "--timeout=1s"))
                .isOne();
        daemon.close();

        assertThat(run("wait", "main", "--fingerprint=d9298a10", "--timeout=3s", "--url", away))
                .isEqualTo(5);

        assertThat(pauses).hasSize(2);
        assertThat(complained).asString().hasLineCount(2).contains("no daemon answers at " + away);
    }

    @Test
    void waitEndsAtOnceWhenItIsNotAllowed() {
        daemon.problem(403, "forbidden", "no");

        assertThat(run("wait", "main", "--fingerprint=d9298a10")).isEqualTo(4);

        assertThat(pauses).isEmpty();
    }

    private static final String FIRST = """
            event: lease
            data: %s

            event: sync
            data: {"resumed":false}

            :

            event: lost
            id: 1812
            data: {"at":"2026-11-29T16:10:00.1Z","account":"main","type":"lost","status":"LOST","fingerprint":"3f9a1c2b",
            data:  "cause":"CLOSED_ELSEWHERE","reconcile":{"from":"2026-11-29T16:09:00Z","to":null}}

            event: key
            id: 18""".formatted(WELL.replace("\n", ""));

    @Test
    void watchConnectsAgainWithTheLastEventThatWasWhole() {
        daemon.json(WELL)
                .events(FIRST)
                .problem(503, "busy", "too many")
                .events(
                        "event: sync\ndata: {\"resumed\":true}\n\nevent: gate-closed\nid: 1813\ndata: {\"at\":\"2026-11-29T16:10:03Z\"}\n\n")
                .problem(403, "forbidden", "the scope was taken away");

        assertThat(run("watch", "main")).isEqualTo(4);

        assertThat(said).hasToString(lines("""
                                      state                 main                  ACTIVE    key 3f9a1c2b, deadline in 34 min (2026-11-29T16:44:33Z)
                -- leases: 1 ACTIVE; changes follow
                2026-11-29T16:10:00Z  lost                  main                  LOST      key 3f9a1c2b, CLOSED_ELSEWHERE, reconcile from 2026-11-29T16:09:00Z to -
                -- connected again; nothing was missed
                2026-11-29T16:10:03Z  gate-closed
                """));
        assertThat(daemon.calls())
                .extracting(StubDaemon.Call::line)
                .startsWith("GET /v1/listen-keys/main", "GET /v1/events?account=main");
        assertThat(daemon.calls())
                .extracting(StubDaemon.Call::lastEventId)
                .containsExactly(null, null, "1812", "1812", "1813");
        assertThat(pauses).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(1));
    }

    @Test
    void watchAsJsonPrintsOneDocumentALine() throws IOException {
        daemon.events(FIRST).problem(401, "unauthorized", "no");

        assertThat(run("watch", "--json")).isEqualTo(4);

        List<String> lines = said.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).hasSize(3);
        assertThat(new ObjectMapper().readTree(lines.get(0)).path("data")).isEqualTo(new ObjectMapper().readTree(WELL));
        JsonNode lost = new ObjectMapper().readTree(lines.get(2));
        assertThat(lost.path("event").asText()).isEqualTo("lost");
        assertThat(lost.path("id").asText()).isEqualTo("1812");
        assertThat(lost.path("data").path("cause").asText()).isEqualTo("CLOSED_ELSEWHERE");
    }

    @Test
    void anAccountThatIsNotThereIsNotWatched() {
        daemon.problem(404, "not-found", "no lease");

        assertThat(run("watch", "nobody")).isEqualTo(3);
        assertThat(daemon.calls()).hasSize(1);
    }

    @Test
    void watchEndsWhenItsReaderIsGone() throws IOException {
        OutputStream gone = OutputStream.nullOutputStream();
        gone.close();
        daemon.events(FIRST);
        CommandContext context =
                new CommandContext(variables, machine(), new PrintStream(gone, true, StandardCharsets.UTF_8), err());

        assertThat(CommandLine.run(List.of("watch", "--json"), context)).isEqualTo(ExitCode.SUCCESS);
        assertThat(complained).asString().isEmpty();
        assertThat(daemon.calls()).hasSize(1);
    }

    private int run(String... arguments) {
        return run(List.of(arguments));
    }

    private int run(List<String> arguments) {
        PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
        return CommandLine.run(arguments, new CommandContext(variables, machine(), out, err()))
                .number();
    }

    private PrintStream err() {
        return new PrintStream(complained, true, StandardCharsets.UTF_8);
    }

    private Machine machine() {
        return new Machine(() -> NOW, () -> nanos += 1_000_000_000L, pauses::add, terminal, daemon::url);
    }

    private static String lines(String text) {
        return text.replace("\n", System.lineSeparator());
    }
}
