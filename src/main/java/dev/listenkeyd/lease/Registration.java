package dev.listenkeyd.lease;

import java.time.Instant;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The request behind a lease: the account, its holders, and the reaction to a loss.
 *
 * @param account name of the account, at most one lease each
 * @param apiKey null for an account whose API key is configured
 * @param clients the holders (programs that need the lease), each with the client that registered it; immutable
 * @param registered when, in {@link EpochNanos}
 */
public record Registration(
        String account, @Nullable Secret apiKey, OnLoss onLoss, Map<String, String> clients, long registered) {

    /** {@link #ACCOUNT} as a regular expression. */
    public static final String ACCOUNT_SYNTAX = "[a-z0-9][a-z0-9_-]{0,62}";

    /** {@link #HOLDER} as a regular expression. */
    public static final String HOLDER_SYNTAX = "[A-Za-z0-9][A-Za-z0-9._:-]{0,62}";

    /** Names of accounts. */
    public static final Pattern ACCOUNT = Pattern.compile(ACCOUNT_SYNTAX);

    /** Names of holders. */
    public static final Pattern HOLDER = Pattern.compile(HOLDER_SYNTAX);

    /** Most holders of one account: more would be a leak. The clients' own names do not count. */
    public static final int MAX_HOLDERS = 100;

    /** Most holders of one client on one account, its own name aside, so that no client uses up the places of others. */
    public static final int MAX_HOLDERS_PER_CLIENT = 20;

    /** Most maps of one holder that are remembered, so that names that are used once do not add up. */
    static final int MAX_SHARED = 1_000;

    /** Maps of one holder, by holder and client. Many leases have the same one, and share its map. */
    private static final Map<List<String>, Map<String, String>> SHARED = new ConcurrentHashMap<>();

    public Registration {
        clients = clients.size() == 1 ? shared(clients.entrySet().iterator().next()) : Map.copyOf(clients);
    }

    private static Map<String, String> shared(Map.Entry<String, String> only) {
        List<String> names = List.of(only.getKey(), only.getValue());
        Map<String, String> known = SHARED.get(names);
        if (known != null) {
            return known;
        }
        Map<String, String> clients = Map.ofEntries(only);
        if (SHARED.size() >= MAX_SHARED) {
            // The maps that are in use are remembered again.
            SHARED.clear();
        }
        SHARED.put(names, clients);
        return clients;
    }

    public Registration(
            String account, @Nullable Secret apiKey, OnLoss onLoss, Map<String, String> clients, Instant registeredAt) {
        this(account, apiKey, onLoss, clients, EpochNanos.of(registeredAt));
    }

    /** A registration with one holder, named like its client. */
    public Registration(String account, @Nullable Secret apiKey, OnLoss onLoss, String client, Instant registeredAt) {
        this(account, apiKey, onLoss, Map.of(client, client), registeredAt);
    }

    public Instant registeredAt() {
        return EpochNanos.instant(registered);
    }

    /** Names of the holders, sorted; immutable. */
    public NavigableSet<String> holders() {
        return Collections.unmodifiableNavigableSet(new TreeSet<>(clients.keySet()));
    }

    /** Whether any holder was registered by another client than this one. */
    public boolean isHeldByOthers(String client) {
        return clients.values().stream().anyMatch(other -> !other.equals(client));
    }

    /** Whether the client may add this holder: bounded per client and in all, but for the client's own name. */
    public boolean hasRoomFor(String holder, String client) {
        if (holder.equals(client) || clients.containsKey(holder)) {
            return true;
        }
        long ofAll = clients.entrySet().stream()
                .filter(entry -> !entry.getKey().equals(entry.getValue()))
                .count();
        long ofClient = clients.entrySet().stream()
                .filter(entry ->
                        entry.getValue().equals(client) && !entry.getKey().equals(client))
                .count();
        return ofAll < MAX_HOLDERS && ofClient < MAX_HOLDERS_PER_CLIENT;
    }

    /** With this holder; an existing holder keeps its client. */
    public Registration withHolder(String holder, String client) {
        Map<String, String> more = new HashMap<>(clients);
        more.putIfAbsent(holder, client);
        return new Registration(account, apiKey, onLoss, more, registered);
    }

    public Registration withoutHolder(String holder) {
        Map<String, String> fewer = new HashMap<>(clients);
        fewer.remove(holder);
        return new Registration(account, apiKey, onLoss, fewer, registered);
    }

    public Registration withOnLoss(OnLoss other) {
        return new Registration(account, apiKey, other, clients, registered);
    }

    public Registration withApiKey(@Nullable Secret other) {
        return new Registration(account, other, onLoss, clients, registered);
    }
}
