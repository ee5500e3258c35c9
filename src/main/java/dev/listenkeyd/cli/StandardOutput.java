package dev.listenkeyd.cli;

import dev.listenkeyd.cli.CommandContext.Sleeper;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The standard output as UTF-8. It keeps the reason when it can't be written, which a {@link PrintStream} does not. */
public final class StandardOutput {
    /** The kinds of files, as POSIX systems number them in the mode of a file. */
    private static final int TYPE = 0xF000;

    private static final int PIPE = 0x1000;
    private static final int SOCKET = 0xC000;

    /** Pause between two tries to write to a pipe that is full and, since another program has set it so, refuses writes rather than wait. */
    private static final Duration UNTIL_THERE_IS_ROOM = Duration.ofMillis(10);

    private final Sleeper sleeper;
    private final PrintStream stream =
            new PrintStream(new BufferedOutputStream(new Recording()), false, StandardCharsets.UTF_8);
    private volatile @Nullable IOException failure;

    public StandardOutput(Sleeper sleeper) {
        this.sleeper = sleeper;
    }

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

    private final class Recording extends OutputStream {
        /** Says how much it has written, which a stream does not. */
        @SuppressWarnings("resource")
        private final FileChannel channel = new FileOutputStream(FileDescriptor.out).getChannel();

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            ByteBuffer rest = ByteBuffer.wrap(bytes, offset, length);
            try {
                while (rest.hasRemaining()) {
                    if (channel.write(rest) == 0) {
                        sleeper.sleep(UNTIL_THERE_IS_ROOM);
                    }
                }
            } catch (IOException e) {
                failure = e;
                throw e;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException();
            }
        }
    }
}
