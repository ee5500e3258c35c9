package dev.listenkeyd.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The unit fits the daemon; whether it fits systemd, {@code deploy/systemd/check} says. */
class SystemdTest {
    private static final Path SYSTEMD = DeployFiles.DEPLOY.resolve("systemd");
    private static final Pattern VARIABLE = Pattern.compile("(?m)^Environment=(\\w+)=");
    private static final Pattern LOADED = Pattern.compile("(?m)^LoadCredential=([a-z-]+):/etc/listenkeyd/\\1$");
    private static final Pattern USED = Pattern.compile("(?m)^Environment=\\w+_(?:KEY|TOKEN)_FILE=%d/([a-z-]+)$");
    private static final Pattern BINARY = Pattern.compile("/\\S+/listenkeyd(?= |$)", Pattern.MULTILINE);

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
}
