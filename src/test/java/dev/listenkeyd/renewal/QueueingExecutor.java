package dev.listenkeyd.renewal;

import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** Runs attempts only when told: until then they are in flight. Never nests one in another. */
final class QueueingExecutor implements Executor {
    private final Deque<Runnable> waiting = new ConcurrentLinkedDeque<>();
    boolean rejecting;
    /** Thrown instead of taking a task. */
    @Nullable
    Error failure;

    @Override
    public void execute(Runnable task) {
        if (failure != null) {
            throw failure;
        }
        if (rejecting) {
            throw new RejectedExecutionException("told to reject");
        }
        waiting.add(task);
    }

    int waiting() {
        return waiting.size();
    }

    void runNext() {
        waiting.remove().run();
    }

    void runAll() {
        while (!waiting.isEmpty()) {
            runNext();
        }
    }
}
