package dev.listenkeyd.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The unit fits the daemon; whether it fits systemd, {@code deploy/systemd/check} says. */
class SystemdTest {
    private static final Path SYSTEMD = DeployFiles.DEPLOY.resolve("systemd");
    private static final Pattern VARIABLE = Pattern.compile("(?m)^Environment=(\\w+)=");
    private static final Pattern LOADED = Pattern.compile("(?m)^LoadCredential=([a-z-]+):/etc/listenkeyd/\\1$");
    private static final Pattern USED = Pattern.compile("(?m)^Environment=\\w+_(?:KEY|TOKEN)_FILE=%d/([a-z-]+)$");
    private static final Pattern START_POST = Pattern.compile("(?m)^ExecStartPost=/bin/sh -c '(.+)'$");
    private static final Pattern BINARY = Pattern.compile("/\\S+/listenkeyd(?= |$)", Pattern.MULTILINE);

    @TempDir
    private Path folder;

    @Test
    void settingsAreKnownAndSecretsAreCredentials() {
        String unit = DeployFiles.read(SYSTEMD.resolve("listenkeyd.service"));

        DeployFiles.assertSettings(DeployFiles.all(VARIABLE, 1, unit));
        assertThat(DeployFiles.all(USED, 1, unit)).hasSize(3).hasSameElementsAs(DeployFiles.all(LOADED, 1, unit));
        assertThat(unit)
                .contains("StateDirectory=listenkeyd\n", "LISTENKEYD_STORE_FILE=%S/listenkeyd/")
                .contains("Restart=always\n");
    }

    @Test
    void theJvmIsAskedWhetherItIsReadyByItsOwnCommand() {
        String dropIn = DeployFiles.read(SYSTEMD.resolve("jvm.conf"));

        assertThat(DeployFiles.all(BINARY, 0, dropIn))
                .isNotEmpty()
                .allMatch(path -> path.startsWith("/opt/listenkeyd"));
        assertThat(dropIn).contains("\nExecStart=\n", "\nExecStartPost=\n", "\nExecPaths=/opt/listenkeyd\n");
    }

    /** The daemon's answers, one after the other, as exit codes of {@code listenkeyd healthcheck}; 9: it has ended meanwhile. */
    @ParameterizedTest
    @CsvSource({
        "listenkeyd.service, 1 1 0, 0",
        "listenkeyd.service, 1 4,   0",
        "listenkeyd.service, 1 1 9, 1",
        "jvm.conf,           1 1 0, 0",
        "jvm.conf,           1 4,   0",
        "jvm.conf,           1 1 9, 1",
    })
    void theStartIsOverWhenTheDaemonIsReadyAndOnlyThen(String unit, String answers, int exitCode) throws Exception {
        Path answering = Files.writeString(folder.resolve("listenkeyd"), """
                #!/bin/sh
                read -r answer rest < answers
                echo "$rest" > answers
                if [ "$answer" = 9 ]; then kill "$MAINPID"; while kill -0 "$MAINPID"; do :; done; exit 1; fi
                exit "$answer"
                """);
        Files.setPosixFilePermissions(answering, PosixFilePermissions.fromString("rwx------"));
        Files.writeString(folder.resolve("answers"), answers + "\n");
        Process daemon = new ProcessBuilder("cat").start();

        try {
            assertThat(startPost(unit, answering, daemon.pid())).isEqualTo(exitCode);
        } finally {
            daemon.destroy();
        }

        assertThat(folder.resolve("answers")).content().isBlank();
    }

    /** What systemd makes of the line: it takes {@code $$} for a dollar, and sets MAINPID. */
    private int startPost(String unit, Path answering, long daemon) throws IOException, InterruptedException {
        Matcher line = START_POST.matcher(DeployFiles.read(SYSTEMD.resolve(unit)));
        assertThat(line.find()).isTrue();
        String script = line.group(1).replace("$$", "$").replaceFirst(BINARY.pattern(), answering.toString());
        ProcessBuilder shell = new ProcessBuilder("/bin/sh", "-c", script);
        shell.directory(folder.toFile()).environment().put("MAINPID", Long.toString(daemon));
        Process process = shell.start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @Test
    void aDaemonThatDoesNotGetReadyIsEndedBySystemd() {
        assertThat(DeployFiles.read(SYSTEMD.resolve("listenkeyd.service")))
                .contains("\nTimeoutStartSec=60\n")
                .doesNotContain("timeout ");
    }
}
