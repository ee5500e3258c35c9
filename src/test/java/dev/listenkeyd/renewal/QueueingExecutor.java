package dev.listenkeyd.renewal;

import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** Runs attempts only when told: until then they are in flight. Never nests one in another. */
public final class QueueingExecutor implements Executor {
    private final Deque<Runnable> waiting = new ConcurrentLinkedDeque<>();
    public boolean rejecting;
    /** Thrown instead of taking a task. */
    @Nullable
    public Error failure;

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

    public int waiting() {
        return waiting.size();
    }

    public void runNext() {
        waiting.remove().run();
    }

    public void runAll() {
        while (!waiting.isEmpty()) {
            runNext();
        }
    }
}
