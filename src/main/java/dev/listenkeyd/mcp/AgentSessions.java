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
    private final ConcurrencyLimit underWay;
    private final Map<String, String> owners = new LinkedHashMap<>(16, 0.75f, true);

    AgentSessions(ConnectionManager connections, Counters counters, ConcurrencyLimit underWay) {
        this.connections = connections;
        this.counters = counters;
        this.underWay = underWay;
    }

    void opened(String client, String session) {
        for (String quiet : tooManyWith(client, session)) {
            ended(client, quiet);
            connections.remove(quiet);
        }
    }

    private synchronized List<String> tooManyWith(String client, String session) {
        owners.put(session, client);
        List<String> own = owners.entrySet().stream()
                .filter(entry -> entry.getValue().equals(client))
                .map(Map.Entry::getKey)
                .toList();
        return own.subList(0, Math.max(0, own.size() - MOST_PER_CLIENT));
    }

    /** Whether the session is one of this client; if so, it is not quiet any more. */
    synchronized boolean isOf(String client, String session) {
        return client.equals(owners.get(session));
    }

    void ended(String client, String session) {
        synchronized (this) {
            owners.remove(session);
        }
        counters.sessionEnded(client, session);
        // Last: a call that comes now finds its session ended, see Persons.
        underWay.sessionEnded(session);
    }
}
