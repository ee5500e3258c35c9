package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged command as a client of the packaged daemon: in pipes, through faults, and without a daemon. */
class ClientCommandsIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TOKEN = "a-token-of-the-operator-0001";
    private static final String READER = "a-token-of-the-reader-000002";

    @TempDir
    private Path folder;

    private final int port = DaemonProcess.freePort();
    private final Map<String, String> settings =
            new HashMap<>(Map.of("LISTENKEYD_SANDBOX", "true", "LISTENKEYD_LEASE_CHECK_EVERY", "1s"));
    private final Map<String, String> variables = new HashMap<>();
    private final List<Run> runs = new ArrayList<>();
    private DaemonProcess daemon;

    @AfterEach
    void end() {
        runs.forEach(run -> run.process().destroyForcibly());
        if (daemon != null) {
            daemon.close();
        }
    }

    @Test
    void everyCommandAnswersAsATableAndAsJson() throws Exception {
        startDaemon();

        assertThat(run("status").said(0)).contains("daemon", "1 ACTIVE", "may leave", "writable");
        assertThat(run("list").said(0).lines()).hasSize(2).element(1).asString().startsWith("demo     ACTIVE  in ");
        assertThat(run("replicas").said(0).lines())
                .hasSize(2)
                .element(1)
                .asString()
                .startsWith("local    live, answering  1       200     ");
        assertThat(run("list", "--status", "LOST").said(0).lines()).hasSize(1);
        assertThat(run("show", "demo").said(0)).contains("account", "demo", "ACTIVE", "holders", "config");
        assertThat(run("explain", "demo").said(0)).contains("demo", "why", "next");
        assertThat(run("renew", "demo").said(0)).contains("ACTIVE");
        assertThat(run("key", "demo").said(0)).contains("listen key", "ws://127.0.0.1:" + port);
        for (String command : List.of("show", "explain", "renew", "key")) {
            assertThat(json(run(command, "demo", "--json")).path("account").asText())
                    .isEqualTo("demo");
        }
        assertThat(json(run("status", "--json")).path("leases").path("ACTIVE").asInt())
                .isOne();
        assertThat(json(run("replicas", "--json")).path("items")).hasSize(1);
        assertThat(json(run("list", "--json")).path("items")).hasSize(1);

        assertThat(run("pause", "demo", "--for", "1m", "--reason", "a \"test\"").said(0))
                .contains("PAUSED", "a \"test\"");
        assertThat(run("renew", "demo").exitCode()).isOne();
        assertThat(run("resume", "demo").said(0)).doesNotContain("PAUSED");

        assertThat(run("show", "nobody").exitCode()).isEqualTo(3);
        assertThat(run("watch", "nobody").exitCode()).isEqualTo(3);
        assertThat(run("list", "--status", "NONE").exitCode()).isEqualTo(2);
        assertThat(run("show").exitCode()).isEqualTo(2);
        assertThat(run("renew", "nobody").complaint())
                .startsWith("listenkeyd: ")
                .endsWith("(not-found)\n")
                .hasLineCount(1);
        daemon.terminate();
        assertThat(run("status").exitCode()).isEqualTo(5);
        assertThat(daemon.output()).doesNotContain("LISTENKEYD_");
    }

    @Test
    void aTokenIsNeededAndItsScopesHold() throws Exception {
        Path file = Files.writeString(folder.resolve("token"), TOKEN + "\n");
        settings.put("LISTENKEYD_CLIENTS_OPERATOR_TOKEN", TOKEN);
        settings.put("LISTENKEYD_CLIENTS_OPERATOR_SCOPES", "read,write,reveal");
        settings.put("LISTENKEYD_CLIENTS_READER_TOKEN", READER);
        settings.put("LISTENKEYD_CLIENTS_READER_SCOPES", "read");
        startDaemon();

        Run without = run("list");
        assertThat(without.exitCode()).isEqualTo(4);
        assertThat(without.complaint()).contains("(unauthorized); set LISTENKEYD_TOKEN or LISTENKEYD_TOKEN_FILE");
        variables.put("LISTENKEYD_TOKEN", "a-token-of-nobody-00000003");
        assertThat(run("list").exitCode()).isEqualTo(4);
        variables.put("LISTENKEYD_TOKEN", READER);
        assertThat(run("list").said(0)).contains("demo");
        assertThat(run("key", "demo").exitCode()).isEqualTo(4);
        assertThat(run("renew", "demo").exitCode()).isEqualTo(4);
        variables.clear();
        variables.put("LISTENKEYD_TOKEN_FILE", file.toString());
        variables.put("LISTENKEYD_URL", "http://localhost:" + port + "/");
        assertThat(run("key", "demo").said(0)).contains("listen key");
        variables.put("LISTENKEYD_URL", "http://192.0.2.1:" + port);
        assertThat(run("key", "demo").exitCode()).isEqualTo(2);
        assertThat(runs).noneMatch(run -> (run.complaint() + run.answer()).contains("a-token-of"));
    }

    @Test
    void waitEndsWithTheNextKey() throws Exception {
        startDaemon();
        String known = daemon.lease("demo").path("fingerprint").asText();
        Run timedOut = run("wait", "demo", "--fingerprint", known, "--timeout", "500ms");
        assertThat(timedOut.exitCode()).as(timedOut.complaint()).isOne();
        assertThat(timedOut.answer()).isEmpty();

        Run waiting = start("wait", "demo", "--fingerprint", known, "--timeout", "5m");
        fault("rotate-key");
        JsonNode key = json(waiting);

        assertThat(key).isEqualTo(daemon.get("/v1/listen-keys/demo/key"));
        assertThat(daemon.lease("demo").path("fingerprint").asText()).isNotEqualTo(known);
    }

    @Test
    void watchFollowsFaultsAndARestartUntilItIsInterrupted() throws Exception {
        startDaemon();
        // Where the build runs in the background, the shell has it ignore Ctrl-C.
        boolean resets = Commands.run("env", "--default-signal=INT", "true");
        Run watch = start(resets ? List.of("env", "--default-signal=INT") : List.of(), "watch");
        watch.awaitAnswer("-- leases: 1 ACTIVE; changes follow");

        fault("close-key");
        watch.awaitAnswer("key                   demo                  ACTIVE");
        daemon.kill();
        watch.awaitComplaint("connecting again");
        startDaemon();
        await("it follows the next daemon")
                .atMost(SOON)
                .until(() -> watch.answer().split("-- ", -1).length == 3);
        fault("close-key");
        await("another key")
                .atMost(SOON)
                .until(() -> watch.answer()
                        .substring(watch.answer().lastIndexOf("-- "))
                        .contains("key                   demo"));

        assertThat(Commands.run("kill", "-INT", Long.toString(watch.process().pid())))
                .isTrue();
        assertThat(watch.exitCode()).isEqualTo(130);
        assertThat(watch.complaint().lines()).allMatch(line -> line.endsWith("; connecting again"));
    }

    @Test
    void aReaderThatGoesEndsItQuietly() throws Exception {
        startDaemon();
        Run list = start(List.of("bash", "-c", "\"$@\" | head -1; echo ${PIPESTATUS[0]}", "bash"), "list");
        assertThat(list.said(0)).startsWith("ACCOUNT ").endsWith("\n0\n");

        Run watch = start(List.of("bash", "-c", "\"$@\" | head -1; echo ${PIPESTATUS[0]}", "bash"), "watch", "--json");
        watch.awaitAnswer("{\"event\":\"lease\"");
        await("an event that nobody reads").atMost(SOON).until(() -> {
            fault("close-key");
            return !watch.process().isAlive();
        });
        assertThat(watch.said(0)).endsWith("\n0\n");
        assertThat(list.complaint() + watch.complaint()).isEmpty();

        Run full = start(List.of("sh", "-c", "\"$@\" > /dev/full", "sh"), "list");
        assertThat(full.exitCode()).isOne();
        assertThat(full.complaint()).startsWith("listenkeyd: the output can't be written: ");
    }

    private void startDaemon() throws IOException {
        settings.put(DaemonProcess.PORT, Integer.toString(port));
        daemon = DaemonProcess.start(folder, settings).awaitReady();
        if (!settings.containsKey("LISTENKEYD_CLIENTS_READER_TOKEN")) {
            await("the key of the demo")
                    .atMost(SOON)
                    .until(() -> daemon.lease("demo").path("status").asText().equals("ACTIVE"));
        }
    }

    private void fault(String kind) {
        String body = "{\"kind\":\"" + kind + "\",\"account\":\"demo\"}";
        assertThat(daemon.call("POST", "/sandbox/faults", body).statusCode()).isLessThan(300);
    }

    private static JsonNode json(Run run) throws Exception {
        return JSON.readTree(run.said(0));
    }

    private Run run(String... arguments) throws IOException, InterruptedException {
        Run run = start(arguments);
        run.exitCode();
        return run;
    }

    private Run start(String... arguments) throws IOException {
        return start(List.of(), arguments);
    }

    private Run start(List<String> launcher, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(launcher);
        command.addAll(DaemonProcess.commandLine(DaemonProcess.quickStart()));
        command.addAll(List.of(arguments));
        Path files = Files.createTempDirectory(folder, "run");
        Run run = new Run(
                files,
                builder(command)
                        .redirectOutput(files.resolve("out").toFile())
                        .redirectError(files.resolve("err").toFile())
                        .start());
        runs.add(run);
        return run;
    }

    private ProcessBuilder builder(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("LISTENKEYD_") || name.startsWith("QUARKUS_"));
        builder.environment().put(DaemonProcess.PORT, Integer.toString(port));
        builder.environment().putAll(variables);
        return builder;
    }

    /** A command that was started; its words are in files. */
    private record Run(Path files, Process process) {
        int exitCode() throws InterruptedException {
            assertThat(process.waitFor(SOON.toSeconds(), TimeUnit.SECONDS))
                    .as("it ends")
                    .isTrue();
            return process.exitValue();
        }

        /** Its answer, after it has ended like this. */
        String said(int code) throws InterruptedException {
            assertThat(exitCode()).as("%s", complaint()).isEqualTo(code);
            return answer();
        }

        String answer() {
            return read("out");
        }

        String complaint() {
            return read("err");
        }

        void awaitAnswer(String part) {
            await(part).atMost(SOON).until(() -> answer().contains(part));
        }

        void awaitComplaint(String part) {
            await(part).atMost(SOON).until(() -> complaint().contains(part));
        }

        private String read(String name) {
            try {
                return Files.readString(files.resolve(name));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}
