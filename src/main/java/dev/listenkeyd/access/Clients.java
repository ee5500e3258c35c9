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

/** All clients, and the latest tokens of each. Without any, the API is open. Thread-safe. */
public final class Clients {
    private static final Logger LOG = Logger.getLogger("listenkeyd.access");

    /** The configuration, callers of an open API, the daemon itself. */
    private static final Set<String> RESERVED =
            Set.of(Leases.CONFIG_HOLDER, BearerAuthentication.ANYBODY, AuditEntry.DAEMON);

    private final Map<String, FileStamp> stamps = new HashMap<>();
    private final Set<String> troubled = new HashSet<>();
    private volatile List<Client> grants;

    public Clients(List<Client> grants) {
        this.grants = List.copyOf(grants);
    }

    /** Whether there is anything to {@link #reread()}. */
    public boolean haveFiles() {
        return grants.stream().anyMatch(grant -> grant.file() != null);
    }

    /** Nobody is told apart; see to it that only this machine can call. */
    boolean isOpen() {
        return grants.isEmpty();
    }

    /** Whose token it is, or null. Compares with every token of every client, whatever it finds on the way. */
    @Nullable
    Client find(String token) {
        byte[] hash = Tokens.hash(token);
        Client found = null;
        for (Client grant : grants) {
            found = grant.tokens().has(hash) ? grant : found;
        }
        return found;
    }

    /**
     * A client's name is a holder that only this client takes and drops, in whatever case it is written; all other names are
     * free to every client that may write, unless they are {@linkplain #isReserved reserved}.
     */
    public boolean mayActAs(String holder, String caller) {
        return holder.equalsIgnoreCase(caller)
                || grants.stream().noneMatch(grant -> grant.name().equalsIgnoreCase(holder));
    }

    /** Whether no client can be this holder: the name stands for something else, in whatever case it is written. */
    public static boolean isReserved(String holder) {
        return RESERVED.contains(holder.toLowerCase(Locale.ROOT));
    }

    /** Whether there is a client that can approve a call of this one: another one, with the scope for it. */
    public boolean haveApproverFor(String caller) {
        return grants.stream()
                .anyMatch(grant ->
                        grant.scopes().contains(Scope.APPROVE) && !grant.name().equals(caller));
    }

    /** Reads changed files again, which may take as long as the disk does. */
    public synchronized void reread() {
        List<Client> newer = new ArrayList<>(grants);
        for (int i = 0; i < newer.size(); i++) {
            Client grant = newer.get(i);
            if (grant.file() != null) {
                newer.set(i, reread(grant, grant.file(), newer));
            }
        }
        grants = List.copyOf(newer);
    }

    private Client reread(Client grant, Path file, List<Client> all) {
        String name = grant.name();
        try {
            // Looked at before it is read: what is written meanwhile is read the next time.
            FileStamp stamp = FileStamp.of(file);
            if (stamp.equals(stamps.get(name))) {
                return grant;
            }
            Tokens tokens = Tokens.ofFile(file);
            if (all.stream().anyMatch(other -> !other.name().equals(name) && tokens.sharesWith(other.tokens()))) {
                throw new IllegalArgumentException("has a token of another client");
            }
            stamps.put(name, stamp);
            if (troubled.remove(name) || !tokens.isSameAs(grant.tokens())) {
                LOG.infof("client %s: its token file was read again, %d token(s) are valid", name, tokens.count());
            }
            return grant.withTokens(tokens);
        } catch (IllegalArgumentException e) {
            stamps.remove(name);
            if (troubled.add(name)) {
                LOG.warnf("client %s: its token file %s; its earlier token(s) stay valid", name, e.getMessage());
            }
            return grant;
        }
    }
}
