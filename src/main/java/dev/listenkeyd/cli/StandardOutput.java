package dev.listenkeyd.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The standard output as UTF-8. It keeps the reason when it can't be written, which a {@link PrintStream} does not. */
public final class StandardOutput {
    /** The kinds of files, as POSIX systems number them in the mode of a file. */
    private static final int TYPE = 0xF000;

    private static final int PIPE = 0x1000;
    private static final int SOCKET = 0xC000;

    private final PrintStream stream =
            new PrintStream(new BufferedOutputStream(new Recording()), false, StandardCharsets.UTF_8);
    private volatile @Nullable IOException failure;

    public PrintStream stream() {
        return stream;
    }

    /**
     * Writes the rest. A reader that has gone, such as {@code head}, has all that it wanted: nothing else makes a write to a
     * pipe fail. The text of the failure is in the language of the system.
     *
     * @param answered the exit code of the command
     * @return the same, or failure when the output can't be written
     */
    public ExitCode finish(ExitCode answered, PrintStream err) {
        stream.flush();
        IOException why = failure;
        if (why == null || isPipe()) {
            return answered;
        }
        err.println("listenkeyd: the output can't be written: " + why.getMessage());
        return ExitCode.FAILURE;
    }

    /** Whether it is a terminal. {@code System.console()} answers differently from one version of Java to the next. */
    public static boolean isTerminal() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    /** Whether a program reads it, by a pipe or a socket. */
    private static boolean isPipe() {
        try {
            int type = (int) Files.getAttribute(Path.of("/dev/fd/1"), "unix:mode") & TYPE;
            return type == PIPE || type == SOCKET;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return false;
        }
    }

    private final class Recording extends FilterOutputStream {
        Recording() {
            super(new FileOutputStream(FileDescriptor.out));
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                out.write(bytes, offset, length);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }
    }
}
