package dev.listenkeyd.mcp;

import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Calls of tools that have begun and not ended, those that wait for a person included: bounded, so that agents leave threads
 * and memory to renewals and to each other; and found again when their agents take them back. Thread-safe.
 */
@Singleton
final class ConcurrencyLimit {
    static final int MOST = 64;
    static final int MOST_PER_CLIENT = 8;

    private final List<AgentCall> calls = new ArrayList<>();

    /** Null when the call may begin, and then it must {@link #end}; else what to tell its agent. */
    synchronized @Nullable ToolResult begin(AgentCall call) {
        // Of two calls with one id, an agent could take back only one, and the other one would be made.
        if (calls.stream().anyMatch(other -> other.needsPerson() && other.isKnownAs(call.session(), call.id()))) {
            return ToolResult.error(
                    "invalid-request",
                    "a call with this JSON-RPC id waits for a person; each request needs an id of its own (invalid-request)");
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

    synchronized void end(AgentCall call) {
        calls.remove(call);
    }

    /** The agent does not want this call any more; one that waits for no person goes on. */
    void takenBack(String session, @Nullable Object id) {
        takeBack(call -> call.isKnownAs(session, id));
    }

    /** What waits in a session ends with it. */
    void sessionEnded(String session) {
        takeBack(call -> call.session().equals(session));
    }

    private void takeBack(Predicate<AgentCall> which) {
        List<AgentCall> found;
        synchronized (this) {
            found = calls.stream().filter(which).toList();
        }
        // Outside of the lock: the call ends in this thread.
        found.forEach(call -> call.takenBack().complete(null));
    }
}
