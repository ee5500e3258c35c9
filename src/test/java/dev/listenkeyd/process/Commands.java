package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Small commands of the system, for what Java has no call for. */
public final class Commands {
    private Commands() {}

    /** Whether the command is there and succeeds. */
    public static boolean run(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            assertThat(process.waitFor(SOON.toSeconds(), TimeUnit.SECONDS))
                    .as("%s ends", String.join(" ", command))
                    .isTrue();
            return process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
