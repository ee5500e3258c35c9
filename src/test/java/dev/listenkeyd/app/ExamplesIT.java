package dev.listenkeyd.app;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The example bots of the documentation follow a key of the packaged daemon through a loss, a rotation and the daemon's end. */
class ExamplesIT {
    private static final Path EXAMPLES = Path.of("docs/examples").toAbsolutePath();
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String OPERATOR = "operator-operator-operator";
    private static final String BOT = "bot-bot-bot-bot-bot";
    private static final String DEMO = "/v1/listen-keys/demo";

    @TempDir
    private Path folder;

    private final List<String> keys = new ArrayList<>();

    @ParameterizedTest
    @CsvSource({"python3, follow_key.py", "node, follow-key.mjs"})
    void aBotFollowsTheKey(String interpreter, String example) throws Exception {
        requireInstalled(interpreter);
        try (DaemonProcess daemon =
                DaemonProcess.start(folder, environmentOfTheDaemon()).awaitReady()) {
            await().atMost(SOON).until(() -> lease(daemon, "status").equals("ACTIVE"));
            Process bot = start(daemon, interpreter, example);
            try {
                ProcessOutput output = ProcessOutput.of(bot);
                awaitLine(output, "demo: ACTIVE, generation 1");

                assertFollowed(daemon, output, "close-key", 2);
                assertFollowed(daemon, output, "rotate-key", 3);

                assertThat(daemon.terminate()).isZero();
                awaitLine(output, "no answer \\(\\w+\\); the key lives until 20.*");
                assertThat(output.text()).doesNotContain(keys).doesNotContain(BOT);
                assertThat(bot.isAlive()).as(output.text()).isTrue();
            } finally {
                bot.destroyForcibly();
            }
        }
    }

    /** The README shows a bot as it is tested here. */
    @Test
    void theReadmeShowsTheWholeBot() throws IOException {
        assertThat(Files.readString(Path.of("README.md")))
                .contains("```python\n" + Files.readString(EXAMPLES.resolve("follow_key.py")) + "```\n");
    }

    private void assertFollowed(DaemonProcess daemon, ProcessOutput output, String fault, int generation) {
        keys.add(asOperator(daemon).get(DEMO + "/key").path("listenKey"));
        asOperator(daemon)
                .body("{\"kind\":\"" + fault + "\",\"account\":\"demo\"}")
                .post("/sandbox/faults")
                .then()
                .statusCode(200);
        await().atMost(SOON).until(() -> {
            asOperator(daemon).post(DEMO + "/renew");
            return lease(daemon, "generation").equals(generation) && lease(daemon, "status").equals("ACTIVE");
        });
        keys.add(asOperator(daemon).get(DEMO + "/key").path("listenKey"));

        awaitLine(output, "reconcile since " + lease(daemon, "lastLoss.lostAt"));
        awaitLine(output, "demo: ACTIVE, generation " + generation);
    }

    private static void awaitLine(ProcessOutput output, String pattern) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(output.text().lines()).anyMatch(line -> line.matches(pattern)));
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

    private Process start(DaemonProcess daemon, String interpreter, String example) throws IOException {
        Path token = Files.writeString(folder.resolve("bot-token"), BOT + "\n");
        ProcessBuilder builder = new ProcessBuilder(
                        interpreter, EXAMPLES.resolve(example).toString())
                .redirectErrorStream(true);
        builder.environment()
                .putAll(Map.of(
                        "LISTENKEYD_URL", daemon.address().toString(),
                        "LISTENKEYD_TOKEN_FILE", token.toString(),
                        "ACCOUNT", "demo",
                        "POLL_SECONDS", "0.1"));
        return builder.start();
    }

    /** Where it must not be missing: a check that skips itself for ever is none. */
    private static void requireInstalled(String interpreter) throws InterruptedException {
        boolean installed = Commands.run(interpreter, "--version");
        if (System.getenv("CI") != null) {
            assertThat(installed)
                    .as("the variable CI is set, and %s is on the path", interpreter)
                    .isTrue();
        }
        assumeTrue(installed, "no " + interpreter + " on the path: its example is not run");
    }
}
