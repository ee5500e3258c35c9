package dev.listenkeyd.access;

import dev.listenkeyd.audit.AuditEntry;
import dev.listenkeyd.files.FileStamp;
import dev.listenkeyd.registration.Leases;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** All clients with their latest tokens. With no client, the API is open. Thread-safe. */
public final class Clients {
    private static final Logger LOG = Logger.getLogger("listenkeyd.access");

    /** Names of the configuration, of callers of an open API, and of the daemon itself. */
    private static final Set<String> RESERVED =
            Set.of(Leases.CONFIG_HOLDER, BearerAuthentication.ANYBODY, AuditEntry.DAEMON);

    private final Map<String, FileStamp> stamps = new HashMap<>();
    private final Set<String> troubled = new HashSet<>();
    private volatile List<Client> clients;

    public Clients(List<Client> clients) {
        this.clients = List.copyOf(clients);
    }

    /** Whether {@link #reread()} has anything to do. */
    public boolean haveFiles() {
        return clients.stream().anyMatch(client -> client.file() != null);
    }

    /** Whether every caller may call without a token. Then only this machine must be able to. */
    boolean isOpen() {
        return clients.isEmpty();
    }

    /** The client with this token, or null. Compares with all tokens of all clients, so that the time tells nothing. */
    @Nullable
    Client find(String token) {
        byte[] hash = Tokens.hash(token);
        Client found = null;
        for (Client client : clients) {
            found = client.tokens().has(hash) ? client : found;
        }
        return found;
    }

    /**
     * Whether the caller may add and remove this holder. The name of a client, in upper or lower case, is a holder for this
     * client only; every other name is for all, unless it is {@linkplain #isReserved reserved}.
     */
    public boolean mayActAs(String holder, String caller) {
        return holder.equalsIgnoreCase(caller)
                || clients.stream().noneMatch(client -> client.name().equalsIgnoreCase(holder));
    }

    /** Whether this name, in upper or lower case, can be no holder. */
    public static boolean isReserved(String holder) {
        return RESERVED.contains(holder.toLowerCase(Locale.ROOT));
    }

    /** Whether another client than this one may approve its calls. */
    public boolean haveApproverFor(String caller) {
        return clients.stream()
                .anyMatch(client -> client.scopes().contains(Scope.APPROVE)
                        && !client.name().equals(caller));
    }

    /** Reads changed files again; blocks as long as the disk takes. */
    public synchronized void reread() {
        List<Client> newer = new ArrayList<>(clients);
        for (int i = 0; i < newer.size(); i++) {
            Client client = newer.get(i);
            if (client.file() != null) {
                newer.set(i, reread(client, client.file(), newer));
            }
        }
        clients = List.copyOf(newer);
    }

    private Client reread(Client client, Path file, List<Client> all) {
        String name = client.name();
        try {
            // Before the content: a write in between is noticed the next time.
            FileStamp stamp = FileStamp.of(file);
            if (stamp.equals(stamps.get(name))) {
                return client;
            }
            Tokens tokens = Tokens.ofFile(file);
            if (all.stream().anyMatch(other -> !other.name().equals(name) && tokens.sharesWith(other.tokens()))) {
                throw new IllegalArgumentException("has a token of another client");
            }
            stamps.put(name, stamp);
            if (troubled.remove(name) || !tokens.isSameAs(client.tokens())) {
                LOG.infof("client %s: its token file was read again, %d token(s) are valid", name, tokens.count());
            }
            return client.withTokens(tokens);
        } catch (IllegalArgumentException e) {
            stamps.remove(name);
            if (troubled.add(name)) {
                LOG.warnf("client %s: its token file %s; its earlier token(s) stay valid", name, e.getMessage());
            }
            return client;
        }
    }
}
