package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example bots of the documentation follow a key of the packaged daemon through a loss, a rotation and the daemon's end. */
class ExamplesIT {
    private static final Path EXAMPLES = Path.of("docs/examples").toAbsolutePath();
    /** The system's, where there is one: the packages of a distribution are for it, whatever is first on the path. */
    private static final String PYTHON =
            Files.isExecutable(Path.of("/usr/bin/python3")) ? "/usr/bin/python3" : "python3";

    /** The interpreter of each example first, in a command that succeeds where the example can run. */
    private static final Map<String, List<String>> TRIALS = Map.of(
            "follow_key.py", List.of(PYTHON, "-c", "import websocket"),
            "follow-key.mjs", List.of("node", "--experimental-websocket", "-e", "WebSocket"));

    private static final String OPERATOR = "operator-operator-operator";
    private static final String BOT = "bot-bot-bot-bot-bot";
    private static final String DEMO = "/v1/listen-keys/demo";

    @TempDir
    private Path folder;

    private final List<Process> processes = new ArrayList<>();
    private final Map<String, ProcessOutput> outputs = new TreeMap<>();
    private final List<String> keys = new ArrayList<>();

    @AfterEach
    void cleanUp() {
        processes.forEach(Process::destroyForcibly);
    }

    @Test
    void botsFollowTheKey() throws Exception {
        List<String> examples = runnable();
        assumeFalse(
                examples.isEmpty(), "neither python3 with websocket-client nor node on the path: no example is run");
        try (DaemonProcess daemon = DaemonProcess.start(folder, environmentOfTheDaemon())) {
            daemon.awaitReady();
            await().atMost(SOON).until(() -> lease(daemon, "status").equals("ACTIVE"));
            for (String example : examples) {
                start(example, daemon);
            }
            awaitEventAfter("demo: ACTIVE, generation 1");

            assertFollowed(daemon, "close-key", 2);
            assertFollowed(daemon, "rotate-key", 3);

            assertThat(daemon.terminate()).isZero();
            awaitLine("no answer \\(\\w+\\); the key lives until 20.*");
        }
        assertThat(outputs)
                .allSatisfy((example, output) ->
                        assertThat(output.text()).doesNotContain(keys).doesNotContain(BOT));
        assertThat(processes).allMatch(Process::isAlive);
    }

    /** The README shows a bot as it is tested here. */
    @Test
    void theReadmeShowsTheWholeBot() throws IOException {
        assertThat(Files.readString(Path.of("README.md")))
                .contains("```python\n" + Files.readString(EXAMPLES.resolve("follow_key.py")) + "```\n");
    }

    private void assertFollowed(DaemonProcess daemon, String fault, int generation) {
        keys.add(asOperator(daemon).get(DEMO + "/key").path("listenKey"));
        asOperator(daemon)
                .body("{\"kind\":\"" + fault + "\",\"account\":\"demo\"}")
                .post("/sandbox/faults")
                .then()
                .statusCode(200);
        await().atMost(SOON).until(() -> {
            asOperator(daemon).post(DEMO + "/renew");
            return lease(daemon, "generation").equals(generation);
        });
        keys.add(asOperator(daemon).get(DEMO + "/key").path("listenKey"));

        awaitLine("reconcile since " + lease(daemon, "lastLoss.lostAt"));
        awaitEventAfter("demo: ACTIVE, generation " + generation);
    }

    /** Until every bot has said this, and then got an event: of the new stream, since it has closed the old one by then. */
    private void awaitEventAfter(String said) {
        awaitLine(said);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(outputs)
                        .allSatisfy((example, output) -> assertThat(
                                        output.text().lines().dropWhile(line -> !line.equals(said)))
                                .contains("event ACCOUNT_UPDATE")));
    }

    /** Until every bot has said this. */
    private void awaitLine(String pattern) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(outputs)
                        .allSatisfy((example, output) ->
                                assertThat(output.text().lines()).anyMatch(line -> line.matches(pattern))));
    }

    private static Object lease(DaemonProcess daemon, String member) {
        return asOperator(daemon).get(DEMO).path(member);
    }

    private static RequestSpecification asOperator(DaemonProcess daemon) {
        return given().baseUri(daemon.address().toString())
                .contentType(ContentType.JSON)
                .auth()
                .preemptive()
                .oauth2(OPERATOR);
    }

    private static Map<String, String> environmentOfTheDaemon() {
        return Map.of(
                "LISTENKEYD_SANDBOX", "true",
                "LISTENKEYD_CLIENTS_OPERATOR_TOKEN", OPERATOR,
                "LISTENKEYD_CLIENTS_OPERATOR_SCOPES", "read,write,reveal",
                "LISTENKEYD_CLIENTS_BOT_TOKEN", BOT,
                "LISTENKEYD_CLIENTS_BOT_SCOPES", "read,reveal");
    }

    private void start(String example, DaemonProcess daemon) throws IOException {
        Path token = Files.writeString(folder.resolve("bot-token"), BOT + "\n");
        ProcessBuilder builder = new ProcessBuilder(
                TRIALS.get(example).get(0), EXAMPLES.resolve(example).toString());
        builder.redirectErrorStream(true)
                .environment()
                .putAll(Map.of(
                        "LISTENKEYD_URL",
                        daemon.address().toString(),
                        "LISTENKEYD_TOKEN_FILE",
                        token.toString(),
                        "ACCOUNT",
                        "demo",
                        "POLL_SECONDS",
                        "0.1",
                        "NODE_OPTIONS",
                        "--experimental-websocket"));
        Process bot = builder.start();
        processes.add(bot);
        outputs.put(example, ProcessOutput.of(bot));
    }

    /** The examples that can run here. With the variable CI all must: a check that skips itself for ever is none. */
    private static List<String> runnable() throws InterruptedException {
        List<String> runnable = new ArrayList<>();
        for (Map.Entry<String, List<String>> example : TRIALS.entrySet()) {
            boolean possible = Commands.run(example.getValue().toArray(String[]::new));
            if (System.getenv("CI") != null) {
                assertThat(possible)
                        .as("the variable CI is set, and this works: %s", String.join(" ", example.getValue()))
                        .isTrue();
            }
            if (possible) {
                runnable.add(example.getKey());
            }
        }
        return runnable;
    }
}
