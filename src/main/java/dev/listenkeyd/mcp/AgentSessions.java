package dev.listenkeyd.mcp;

import dev.listenkeyd.policy.Counters;
import io.quarkiverse.mcp.server.runtime.ConnectionManager;
import jakarta.inject.Singleton;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whose session is whose, since the library asks nobody: who knows the name of another client's session can't use it. Of one
 * client's too many sessions the one that was quiet the longest ends, for agents seldom end theirs. Thread-safe.
 */
@Singleton
final class AgentSessions {
    static final int MOST_PER_CLIENT = 16;

    private final ConnectionManager connections;
    private final Counters counters;
    private final Map<String, String> owners = new LinkedHashMap<>(16, 0.75f, true);

    AgentSessions(ConnectionManager connections, Counters counters) {
        this.connections = connections;
        this.counters = counters;
    }

    synchronized void opened(String client, String session) {
        owners.put(session, client);
        List<String> own = owners.entrySet().stream()
                .filter(entry -> entry.getValue().equals(client))
                .map(Map.Entry::getKey)
                .toList();
        own.stream().limit(Math.max(0, own.size() - MOST_PER_CLIENT)).forEach(quiet -> {
            ended(client, quiet);
            connections.remove(quiet);
        });
    }

    /** Whether the session is one of this client; if so, it is not quiet any more. */
    synchronized boolean isOf(String client, String session) {
        return client.equals(owners.get(session));
    }

    synchronized void ended(String client, String session) {
        owners.remove(session);
        counters.sessionEnded(client, session);
    }
}
