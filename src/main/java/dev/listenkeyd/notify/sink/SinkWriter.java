package dev.listenkeyd.notify.sink;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one file true: writes the newest state when it matters to a reader, one write at a time, and tries again after a failure.
 * States that came and went during a write are not written. Thread-safe.
 */
final class SinkWriter {
    static final Duration FIRST_RETRY = Duration.ofSeconds(1);
    static final Duration LONGEST_RETRY = Duration.ofSeconds(60);

    /** A write that takes longer means a disk that hangs. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** How often the file is looked at: another program may have removed or changed it. */
    static final Duration LOOKS_EVERY = Duration.ofSeconds(30);

    /**
     * The reason why the file may be wrong.
     *
     * @param since first of the failures in a row
     */
    record Problem(String why, Instant since) {}

    private final FileSink sink;
    private final KeyFile file;
    private final Supplier<KeyState> state;
    private final Function<KeyState, byte[]> encoder;
    private final SinkContext context;

    private boolean running;
    /** By monotonic time, as all other numbers here. */
    private long began;

    private long lookedAt;
    private long retryAt;
    private int failures;
    /** Null when it is not known what is in the file. */
    private @Nullable KeyState told;

    private @Nullable Problem problem;

    /**
     * @param state the account's state now; must neither block nor take a lock
     * @param encoder makes the content of the file
     */
    SinkWriter(
            FileSink sink,
            SinkFiles files,
            Supplier<KeyState> state,
            Function<KeyState, byte[]> encoder,
            SinkContext context) {
        this.sink = sink;
        this.file = new KeyFile(sink, files);
        this.state = state;
        this.encoder = encoder;
        this.context = context;
    }

    FileSink sink() {
        return sink;
    }

    /** Null when the file can be written. */
    synchronized @Nullable Problem problem() {
        return problem;
    }

    /** Whether the file tells the newest state, or is not going to. */
    synchronized boolean isSettled() {
        return problem != null || (!running && !isOutdated());
    }

    /** Writes the file soon, on another thread, if it is time to. Never blocks or throws. */
    void wake() {
        synchronized (this) {
            if (running || !isDue()) {
                return;
            }
            begin();
        }
        try {
            context.executor().execute(this::run);
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            // The process is stopping, or there is no thread now: then the next tick tries again.
            end();
        }
    }

    /** Like {@link #wake}; also notices a write that hangs. */
    void tick() {
        if (hasBegunToHang()) {
            context.observer().onFailing(sink, "a write has not ended within " + PATIENCE.toSeconds() + " s");
        }
        wake();
    }

    private synchronized boolean hasBegunToHang() {
        if (!running || now() - began < PATIENCE.toNanos()) {
            return false;
        }
        boolean first = problem == null;
        problem = new Problem("a write hangs", problem == null ? context.clock().instant() : problem.since());
        return first;
    }

    private boolean isDue() {
        if (failures > 0) {
            return now() - retryAt >= 0;
        }
        return isOutdated() || now() - lookedAt >= LOOKS_EVERY.toNanos();
    }

    private boolean isOutdated() {
        return told == null || state.get().outdates(told, context.clock().instant(), context.ttl());
    }

    private void begin() {
        running = true;
        began = now();
    }

    private synchronized void end() {
        running = false;
    }

    private void run() {
        do {
            attempt();
        } while (goesOn());
    }

    /** Looked at together with the end of the run, so that no change falls in between. */
    private synchronized boolean goesOn() {
        end();
        if (isDue()) {
            begin();
        }
        return running;
    }

    /** Catches everything: a run that did not end would be the last one. */
    private void attempt() {
        try {
            KeyState now = state.get();
            if (isWrong()) {
                forget();
                file.replace(encoder.apply(now));
                succeeded(now);
            } else {
                succeeded(null);
            }
        } catch (IOException e) {
            failed(describe(e));
        } catch (RuntimeException | Error e) {
            // Its message may hold anything.
            failed("internal error, " + e.getClass().getSimpleName());
        }
    }

    private boolean isWrong() throws IOException {
        synchronized (this) {
            if (isOutdated()) {
                return true;
            }
        }
        return !file.isIntact();
    }

    private synchronized void forget() {
        told = null;
    }

    /** @param written null when the file was right as it was */
    private void succeeded(@Nullable KeyState written) {
        Problem over;
        synchronized (this) {
            told = written == null ? told : written;
            lookedAt = now();
            failures = 0;
            over = problem;
            problem = null;
        }
        if (over != null) {
            context.observer()
                    .onRecovered(
                            sink, Duration.between(over.since(), context.clock().instant()));
        }
    }

    private void failed(String why) {
        boolean first;
        synchronized (this) {
            told = null;
            // Longer than the longest after far fewer doublings than overflow.
            Duration doubled = FIRST_RETRY.multipliedBy(1L << Math.min(failures, Integer.SIZE - 1));
            retryAt = now() + (doubled.compareTo(LONGEST_RETRY) < 0 ? doubled : LONGEST_RETRY).toNanos();
            failures++;
            first = problem == null;
            problem = new Problem(why, problem == null ? context.clock().instant() : problem.since());
        }
        if (first) {
            context.observer().onFailing(sink, why);
        }
    }

    private long now() {
        return context.nanoTime().getAsLong();
    }

    private static String describe(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "its folder does not exist";
        }
        if (e instanceof AccessDeniedException) {
            return "this process may not write there";
        }
        String reason = e instanceof FileSystemException failure ? failure.getReason() : e.getMessage();
        return reason == null ? e.getClass().getSimpleName() : reason;
    }
}
