package dev.listenkeyd.mcp.calls;

import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The calls of tools from their arrival to the answer, those that wait for a person included. Their number is bounded, so that agents leave threads and
 * memory to renewals and to each other. Thread-safe.
 */
@Singleton
public final class ConcurrencyLimit {
    static final int MOST = 64;
    public static final int MOST_PER_CLIENT = 8;

    private final List<AgentCall> calls = new ArrayList<>();
    /** Those of them that wait for a person. */
    private final List<AgentCall> waiting = new ArrayList<>();

    /** Null when the call may begin, and then it must {@link #end}; else the answer to its agent. */
    synchronized @Nullable ToolResult begin(AgentCall call) {
        if (idWaits(call)) {
            return sameId();
        }
        long own = calls.stream()
                .filter(other -> other.client().equals(call.client()))
                .count();
        if (calls.size() >= MOST || own >= MOST_PER_CLIENT) {
            return ToolResult.busy();
        }
        calls.add(call);
        return null;
    }

    /** Null when the call, which has begun, may wait for a person; else the answer to its agent. */
    synchronized @Nullable ToolResult beginWaiting(AgentCall call) {
        if (idWaits(call)) {
            return sameId();
        }
        waiting.add(call);
        return null;
    }

    /** Of two calls with one id the agent could cancel only one, and the other would still be made. */
    private boolean idWaits(AgentCall call) {
        return waiting.stream().anyMatch(other -> other.isRequest(call.session(), call.id()));
    }

    private static ToolResult sameId() {
        return ToolResult.error(
                "invalid-request",
                "a call with this JSON-RPC id waits for a person; each request needs an id of its own (invalid-request)");
    }

    synchronized void end(AgentCall call) {
        calls.remove(call);
        waiting.remove(call);
    }

    /** Cancels a call whose work has not begun; any other call goes on. */
    public void cancel(String session, @Nullable Object id) {
        cancel(call -> call.isRequest(session, id));
    }

    /** Cancels the calls of a session whose work has not begun. */
    void sessionEnded(String session) {
        cancel(call -> call.session().equals(session));
    }

    private void cancel(Predicate<AgentCall> which) {
        List<AgentCall> found;
        synchronized (this) {
            found = calls.stream().filter(which).toList();
        }
        // Outside of the lock: the call ends in this thread.
        found.forEach(call -> call.cancelled().complete(null));
    }
}
