package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** What a process says, read through a pipe: a full disk takes nothing away from it. */
public final class ProcessOutput {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Thread reader;

    private ProcessOutput(Process process) {
        this.reader = new Thread(
                () -> {
                    try {
                        process.getInputStream().transferTo(bytes);
                    } catch (IOException e) {
                        throw new UncheckedIOException("its output can't be read", e);
                    }
                },
                "output of " + process.pid());
    }

    public static ProcessOutput of(Process process) {
        ProcessOutput output = new ProcessOutput(process);
        output.reader.setDaemon(true);
        output.reader.start();
        return output;
    }

    public String text() {
        return bytes.toString(UTF_8);
    }

    /** After the process has ended: until all that it said is here. */
    public void awaitEnd() throws InterruptedException {
        reader.join(SOON.toMillis());
        assertThat(reader.isAlive()).as("its output has ended").isFalse();
    }
}
