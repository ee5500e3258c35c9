package dev.listenkeyd.mcp.calls;

import dev.listenkeyd.policy.Counters;
import io.quarkiverse.mcp.server.runtime.ConnectionManager;
import jakarta.inject.Singleton;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The client of each MCP session. The library checks no owner, so without this a client that learns the id of another client's
 * session could use it. A client's longest idle session ends when it opens one too many. Thread-safe.
 */
@Singleton
public final class AgentSessions {
    public static final int MOST_PER_CLIENT = 16;

    private final ConnectionManager connections;
    private final Counters counters;
    private final ConcurrencyLimit running;
    private final Map<String, String> owners = new LinkedHashMap<>(16, 0.75f, true);

    AgentSessions(ConnectionManager connections, Counters counters, ConcurrencyLimit running) {
        this.connections = connections;
        this.counters = counters;
        this.running = running;
    }

    public void opened(String client, String session) {
        for (String idle : surplusWith(client, session)) {
            ended(client, idle);
            connections.remove(idle);
        }
    }

    private synchronized List<String> surplusWith(String client, String session) {
        owners.put(session, client);
        List<String> own = owners.entrySet().stream()
                .filter(entry -> entry.getValue().equals(client))
                .map(Map.Entry::getKey)
                .toList();
        return own.subList(0, Math.max(0, own.size() - MOST_PER_CLIENT));
    }

    /** Whether the session belongs to this client; asking counts as a use of it. */
    public synchronized boolean isOf(String client, String session) {
        return client.equals(owners.get(session));
    }

    public void ended(String client, String session) {
        synchronized (this) {
            owners.remove(session);
        }
        counters.sessionEnded(client, session);
        // Last: a call that begins now finds its session ended, see HumanApproval.
        running.sessionEnded(session);
    }
}
