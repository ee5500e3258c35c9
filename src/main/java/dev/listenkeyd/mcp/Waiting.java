package dev.listenkeyd.mcp;

import dev.listenkeyd.approval.Approvals.Request;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Calls that wait for a person, as their agents know them: so that they can be taken back. Thread-safe. */
@Singleton
final class Waiting {
    private final Map<Key, Request> requests = new ConcurrentHashMap<>();

    /** @param id of the JSON-RPC request */
    private record Key(String session, Object id) {}

    void add(String session, Object id, Request request) {
        Key key = new Key(session, id);
        requests.put(key, request);
        CompletionStage<Void> unused = request.verdict().thenAccept(verdict -> requests.remove(key, request));
    }

    /** The agent of this session does not want it any more; a call that is none of these goes on. */
    void takenBack(String session, @Nullable Object id) {
        Request request = id == null ? null : requests.get(new Key(session, id));
        if (request != null) {
            request.withdraw();
        }
    }
}
