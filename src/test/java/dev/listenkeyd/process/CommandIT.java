package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.cli.ExitCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged command with arguments: a process that answers and ends. */
class CommandIT {
    @TempDir
    private Path folder;

    @Test
    void healthIsAskedOfTheDaemonThatTheVariablesDescribe() throws Exception {
        String port;
        try (DaemonProcess daemon = DaemonProcess.start(folder, Map.of("LISTENKEYD_SANDBOX", "true"))
                .awaitReady()) {
            port = Integer.toString(daemon.address().getPort());

            Answer ready = ask(port, "healthcheck");
            assertThat(ready.exitCode()).as(ready.said()).isZero();
            assertThat(ready.said()).isEqualTo("http://127.0.0.1:" + port + "/q/health/ready: HTTP 200");
            assertThat(ask(port, "healthcheck", daemon.address() + "/q/health/none")
                            .exitCode())
                    .isOne();
        }

        assertThat(ask(port, "healthcheck").exitCode()).isOne();
    }

    @Test
    void helpIsNoAddress() throws Exception {
        Answer help = ask("0", "healthcheck", "--help");

        assertThat(help.exitCode()).as(help.said()).isZero();
        assertThat(help.said()).contains("listenkeyd healthcheck [url]");
    }

    @Test
    void nothingIsStartedOnlyToSayTheVersion() throws Exception {
        Answer version = ask("0", "--version");

        assertThat(version.exitCode()).as(version.said()).isZero();
        assertThat(version.said()).matches("listenkeyd \\d+\\.\\d+\\.\\d+\\S*");
        assertThat(ask("0", "serve").exitCode()).isEqualTo(ExitCode.WRONG_USAGE.number());
        assertThat(folder).isEmptyDirectory();
    }

    private record Answer(int exitCode, String said) {}

    private Answer ask(String port, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(DaemonProcess.commandLine(DaemonProcess.quickStart()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.directory(folder.toFile()).environment().put("QUARKUS_HTTP_PORT", port);
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(SOON.toSeconds(), TimeUnit.SECONDS))
                .as("it ends")
                .isTrue();
        return new Answer(process.exitValue(), said.strip());
    }
}
