package dev.listenkeyd.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StandardOutputTest {
    /** Far more than a pipe holds. */
    private static final int LINES = 50_000;

    /** Writes to its output, and says on the other one when that is full. */
    static final class Writer {
        public static void main(String... none) {
            StandardOutput out = new StandardOutput(time -> System.err.println("full"));
            for (int i = 0; i < LINES; i++) {
                out.stream().println(i);
            }
            System.exit(out.finish(ExitCode.SUCCESS, System.err).number());
        }
    }

    /** Other programs that have the same pipe may have set that; dd does here. */
    @Test
    void aPipeThatRefusesWritesWhileItIsFullGetsAll() throws Exception {
        Process writer = new ProcessBuilder(
                        "sh",
                        "-c",
                        "dd if=/dev/null oflag=nonblock status=none && exec \"$0\" -cp \"$1\" \"$2\"",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        Stream.of(StandardOutput.class, Writer.class)
                                .map(StandardOutputTest::folderOf)
                                .collect(Collectors.joining(":")),
                        Writer.class.getName())
                .start();
        try (BufferedReader err = writer.errorReader(UTF_8);
                BufferedReader out = writer.inputReader(UTF_8)) {
            assertThat(err.readLine()).isEqualTo("full");
            // It says so again and again.
            Thread drain = new Thread(() -> err.lines().forEach(line -> {}));
            drain.start();

            assertThat(out.lines()).hasSize(LINES).last().isEqualTo(String.valueOf(LINES - 1));
            assertThat(writer.waitFor()).isZero();
            drain.join();
        } finally {
            writer.destroy();
        }
    }

    private static String folderOf(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }
}
