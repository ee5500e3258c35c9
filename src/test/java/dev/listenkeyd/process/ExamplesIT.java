package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The client programs of the documentation follow a key of the packaged daemon and listen to its stream, through all that can
 * happen to either. The sandbox of another daemon is the exchange, so that the stream outlives the daemon.
 */
class ExamplesIT {
    private static final Path EXAMPLES = Path.of("docs/examples").toAbsolutePath();

    private static final int LONGEST = 40;
    private static final int WIDEST = 120;
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    /** The system's, where there is one: the packages of a distribution are for it, whatever is first on the path. */
    private static final String PYTHON =
            Files.isExecutable(Path.of("/usr/bin/python3")) ? "/usr/bin/python3" : "python3";

    private static final String JAVA =
            Path.of(System.getProperty("java.home", ""), "bin", "java").toString();

    /** Where {@code src/test/examples/install} puts the package ws, and where the package of Debian has it. */
    private static final List<Path> WS =
            List.of(Path.of("target/examples/node_modules/ws").toAbsolutePath(), Path.of("/usr/share/nodejs/ws"));

    /** The shell's example runs a program; this one does as little as possible. */
    private static final String READER = """
            import asyncio, json, os, websockets
            async def main():
                async with websockets.connect(os.environ["STREAM_URL"]) as stream:
                    async for message in stream:
                        print("event", json.loads(message)["e"], flush=True)
            asyncio.run(main())
            """;

    private static final String OPERATOR = "operator-operator-operator";
    private static final String BOT = "bot-bot-bot-bot-bot";
    private static final String API_KEY = "an-api-key-of-the-bot";
    private static final String LEASE = "/v1/listen-keys/main";
    private static final Predicate<String> RECONCILE =
            Pattern.compile("reconcile since ").asPredicate();
    private static final Predicate<String> UPDATE = "event ACCOUNT_UPDATE"::equals;
    private static final Predicate<String> NO_DAEMON =
            Pattern.compile("^no daemon|^curl: ").asPredicate();

    @TempDir
    private Path folder;

    private final List<Process> clients = new ArrayList<>();
    private final Map<String, ProcessOutput> outputs = new TreeMap<>();
    private final List<String> keys = new ArrayList<>();

    @AfterEach
    void cleanUp() {
        clients.forEach(client -> {
            // The program that the shell's example runs, first.
            client.descendants().forEach(ProcessHandle::destroyForcibly);
            client.destroyForcibly();
        });
    }

    @Test
    void clientsFollowTheKeyAndHearItsStream() throws Exception {
        Map<String, List<String>> commands = runnable();
        Map<String, String> sandbox = Map.of("LISTENKEYD_SANDBOX", "true");
        try (DaemonProcess exchange =
                DaemonProcess.start(folder("exchange"), sandbox).awaitReady()) {
            Map<String, String> environment = environmentOfTheDaemon(exchange);
            try (DaemonProcess daemon = DaemonProcess.start(folder("daemon"), environment)) {
                for (Map.Entry<String, List<String>> command : commands.entrySet()) {
                    start(command.getKey(), command.getValue(), daemon);
                }
                // The clients have begun before the daemon answers.
                daemon.awaitReady();
                awaitLines(Map.of(), List.of(RECONCILE, UPDATE));

                assertFollowed(daemon, () -> exchangeCall(exchange, "DELETE", "POST"));
                assertFollowed(daemon, () -> exchangeCall(exchange, "DELETE"));
                assertAnOutageIsNotNoticed(exchange, daemon);
                Map<String, Integer> before = now();
                assertThat(daemon.terminate()).isZero();
                awaitLines(before, List.of(NO_DAEMON, UPDATE));
                assertThat(said(before)).as("the streams are still open").noneMatch(RECONCILE);
            }
            try (DaemonProcess daemon =
                    DaemonProcess.start(folder("daemon"), environment).awaitReady()) {
                assertFollowed(daemon, () -> exchangeCall(exchange, "DELETE", "POST"));
            }
        }
        assertThat(outputs)
                .allSatisfy((example, output) ->
                        assertThat(output.text()).doesNotContain(keys).doesNotContain(BOT, "Traceback"));
        assertThat(clients).allMatch(Process::isAlive);
    }

    @Test
    void noExampleIsLong() throws IOException {
        try (Stream<Path> files = Files.list(EXAMPLES)) {
            assertThat(files.toList())
                    .hasSize(4)
                    .allSatisfy(file -> assertThat(Files.readAllLines(file))
                            .hasSizeLessThanOrEqualTo(LONGEST)
                            .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(WIDEST)));
        }
    }

    /** The README shows a client as it is tested here. */
    @Test
    void theReadmeShowsTheWholeClient() throws IOException {
        assertThat(Files.readString(Path.of("README.md")))
                .contains("```python\n" + Files.readString(EXAMPLES.resolve("follow_key.py")) + "```\n");
    }

    /** The old key dies, and then every client reconciles and gets updates, which only the new key's stream has. */
    private void assertFollowed(DaemonProcess daemon, Runnable death) {
        String old = asOperator(daemon).get(LEASE + "/key").path("listenKey");
        String fingerprint = lease(daemon, "fingerprint");
        Map<String, Integer> before = now();
        death.run();
        await().atMost(SOON).until(() -> {
            asOperator(daemon).post(LEASE + "/renew");
            return !lease(daemon, "fingerprint").equals(fingerprint)
                    && lease(daemon, "status").equals("ACTIVE");
        });
        keys.add(old);
        keys.add(asOperator(daemon).get(LEASE + "/key").path("listenKey"));

        awaitLines(before, List.of(RECONCILE, UPDATE));

        said(before).stream().filter(RECONCILE).forEach(line -> assertThat(line).containsPattern("since \\d"));
        if (outputs.containsKey("follow-key.sh")) {
            assertThat(said("follow-key.sh", before))
                    .contains("key " + lease(daemon, "fingerprint") + ", reconcile since "
                            + lease(daemon, "lastLoss.lastKnownAlive"));
        }
    }

    /** While the exchange refuses all calls, its stream goes on, and so do the clients. */
    private void assertAnOutageIsNotNoticed(DaemonProcess exchange, DaemonProcess daemon) {
        exchange.call("POST", "/sandbox/faults", "{\"kind\":\"down\",\"for\":\"10m\"}");
        await().atMost(SOON).until(() -> {
            asOperator(daemon).post(LEASE + "/renew");
            return !lease(daemon, "status").equals("ACTIVE");
        });
        Map<String, Integer> during = now();

        awaitLines(during, List.of(UPDATE, UPDATE));

        exchange.call("DELETE", "/sandbox/faults", "");
        await().atMost(SOON).until(() -> {
            asOperator(daemon).post(LEASE + "/renew");
            return lease(daemon, "status").equals("ACTIVE");
        });
        awaitLines(now(), List.of(UPDATE));
        assertThat(said(during)).as("nothing was missed").noneMatch(RECONCILE);
    }

    /** Another program of the account calls the exchange. */
    private static void exchangeCall(DaemonProcess exchange, String... methods) {
        for (String method : methods) {
            given().header("X-MBX-APIKEY", API_KEY)
                    .request(method, exchange.address() + "/sandbox/eapi/v1/listenKey")
                    .then()
                    .statusCode(200);
        }
    }

    /** Until every client has said lines like these, one after the other, among those that it has said since. */
    private void awaitLines(Map<String, Integer> since, List<Predicate<String>> expected) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(outputs)
                        .allSatisfy((example, output) -> assertThat(isThere(said(example, since), expected))
                                .as("%s says what is expected; it said:%n%s", example, output.text())
                                .isTrue()));
    }

    private static boolean isThere(List<String> lines, List<Predicate<String>> expected) {
        int found = 0;
        for (String line : lines) {
            if (found < expected.size() && expected.get(found).test(line)) {
                found++;
            }
        }
        return found == expected.size();
    }

    /** How many lines each client has said so far. */
    private Map<String, Integer> now() {
        Map<String, Integer> lines = new TreeMap<>();
        outputs.forEach((example, output) ->
                lines.put(example, (int) output.text().lines().count()));
        return lines;
    }

    private List<String> said(Map<String, Integer> since) {
        return outputs.keySet().stream()
                .flatMap(example -> said(example, since).stream())
                .toList();
    }

    private List<String> said(String example, Map<String, Integer> since) {
        ProcessOutput output = outputs.get(example);
        return output.text().lines().skip(since.getOrDefault(example, 0)).toList();
    }

    private static String lease(DaemonProcess daemon, String member) {
        return asOperator(daemon).get(LEASE).path(member);
    }

    private static RequestSpecification asOperator(DaemonProcess daemon) {
        return given().baseUri(daemon.address().toString())
                .contentType(ContentType.JSON)
                .auth()
                .preemptive()
                .oauth2(OPERATOR);
    }

    private Path folder(String name) throws IOException {
        return Files.createDirectories(folder.resolve(name));
    }

    private static Map<String, String> environmentOfTheDaemon(DaemonProcess exchange) {
        String address = exchange.address().toString();
        Map<String, String> environment = new HashMap<>();
        // The same port after a restart.
        environment.put(DaemonProcess.PORT, Integer.toString(DaemonProcess.freePort()));
        environment.put("LISTENKEYD_BINANCE_URL", address + "/sandbox");
        environment.put("LISTENKEYD_BINANCE_STREAM_URL", address.replace("http:", "ws:") + "/sandbox/stream/ws/");
        environment.put("LISTENKEYD_LEASE_TTL", "60s");
        environment.put("LISTENKEYD_LEASE_RENEW_EVERY", "30s");
        environment.put("LISTENKEYD_ACCOUNTS_MAIN_API_KEY", API_KEY);
        environment.put("LISTENKEYD_ACCOUNTS_MAIN_KEEP", "true");
        environment.put("LISTENKEYD_CLIENTS_OPERATOR_TOKEN", OPERATOR);
        environment.put("LISTENKEYD_CLIENTS_OPERATOR_SCOPES", "read,write,reveal");
        environment.put("LISTENKEYD_CLIENTS_BOT_TOKEN", BOT);
        environment.put("LISTENKEYD_CLIENTS_BOT_SCOPES", "read,reveal");
        return environment;
    }

    private void start(String example, List<String> command, DaemonProcess daemon) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectErrorStream(true)
                .environment()
                .put("LISTENKEYD_URL", daemon.address().toString());
        builder.environment().put("LISTENKEYD_TOKEN", BOT);
        Process client = builder.start();
        clients.add(client);
        outputs.put(example, ProcessOutput.of(client));
    }

    /** The commands of the examples that can run here. With the variable CI all must: a check that skips itself for ever is none. */
    private Map<String, List<String>> runnable() throws IOException, InterruptedException {
        Map<String, List<String>> commands = new TreeMap<>();
        String reader = Files.writeString(folder.resolve("reader.py"), READER).toString();
        boolean websockets = Commands.run(PYTHON, "-c", "import websockets");
        if (isRunnable("Python and its package websockets", websockets)) {
            commands.put("follow_key.py", List.of(PYTHON, example("follow_key.py")));
        }
        if (isRunnable("curl, and Python with websockets", websockets && Commands.run("curl", "--version"))) {
            commands.put("follow-key.sh", List.of("sh", example("follow-key.sh"), PYTHON, reader));
        }
        commands.put("Follow.java", List.of(JAVA, example("Follow.java")));
        List<Path> ws = WS.stream().filter(Files::isDirectory).toList();
        if (isRunnable("Node and its package ws", !ws.isEmpty() && Commands.run("node", "--version"))) {
            // Node looks for packages beside the file.
            Path copy = folder("node").resolve("follow-key.mjs");
            Files.copy(Path.of(example("follow-key.mjs")), copy);
            Files.createSymbolicLink(folder("node/node_modules").resolve("ws"), ws.get(0));
            commands.put("follow-key.mjs", List.of("node", copy.toString()));
        }
        return commands;
    }

    private static String example(String name) {
        return EXAMPLES.resolve(name).toString();
    }

    private static boolean isRunnable(String need, boolean possible) {
        if (System.getenv("CI") != null) {
            assertThat(possible)
                    .as("the variable CI is set, and this is here: %s", need)
                    .isTrue();
        }
        return possible;
    }
}
