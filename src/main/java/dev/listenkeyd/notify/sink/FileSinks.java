package dev.listenkeyd.notify.sink;

import dev.listenkeyd.lease.Lease;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** All files that follow listen keys. Each is written on its own: one that hangs holds up no other. Thread-safe. */
public final class FileSinks {

    /** More sinks than this are refused: each may keep a thread. */
    public static final int MOST = 256;

    private final Map<String, SinkWriter> writers = new TreeMap<>();

    /**
     * @param leases the account's lease now, or null; must neither block nor take a lock
     * @param encoder makes the content of a file
     */
    public FileSinks(
            Collection<FileSink> sinks,
            SinkFiles files,
            Function<String, @Nullable Lease> leases,
            BiFunction<FileSink, KeyState, byte[]> encoder,
            SinkContext context) {
        for (FileSink sink : sinks) {
            String account = sink.account();
            writers.put(
                    account,
                    new SinkWriter(
                            sink,
                            files,
                            () -> KeyState.of(
                                    account,
                                    leases.apply(account),
                                    context.clock().instant()),
                            state -> encoder.apply(sink, state),
                            context));
        }
    }

    public List<FileSink> all() {
        return writers.values().stream().map(SinkWriter::sink).toList();
    }

    /** The account's lease has changed, has begun or has ended. Never blocks or throws. */
    public void changed(String account) {
        SinkWriter writer = writers.get(account);
        if (writer != null) {
            writer.wake();
        }
    }

    /** Writes what time alone has changed, and what could not be written before. Call it at the start, and about once a second. */
    public void tick() {
        writers.values().forEach(SinkWriter::tick);
    }

    /** Whether the account's file can be written, as far as the last attempt shows. */
    public boolean isWritable(String account) {
        SinkWriter writer = writers.get(account);
        return writer == null || writer.problem() == null;
    }

    /** The files that can't be written, by account: path, reason and since when. */
    public Map<String, String> problems() {
        Map<String, String> problems = new TreeMap<>();
        writers.forEach((account, writer) -> {
            SinkWriter.Problem problem = writer.problem();
            if (problem != null) {
                problems.put(account, writer.sink().file() + ": " + problem.why() + ", since " + problem.since());
            }
        });
        return problems;
    }

    /** Whether no file is going to be written now. */
    public boolean isSettled() {
        return writers.values().stream().allMatch(SinkWriter::isSettled);
    }
}
