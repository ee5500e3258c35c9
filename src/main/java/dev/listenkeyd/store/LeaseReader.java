package dev.listenkeyd.store;

import dev.listenkeyd.fleet.FleetStore.UnreadableException;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.secrets.SecretCipher;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows of leases that any member may have written, and remembers those that this one can't read: another one may have the
 * key. Thread-safe.
 */
final class LeaseReader {
    private final Supplier<SecretCipher> cipher;
    /** Why, by account. */
    private final Map<String, String> unreadable = new ConcurrentHashMap<>();

    LeaseReader(Supplier<SecretCipher> cipher) {
        this.cipher = cipher;
    }

    /** The lease of the row; null when it can't be read. */
    @Nullable
    Lease read(ResultSet row) throws SQLException {
        SecretCipher known = cipher.get();
        String account = row.getString("account");
        try {
            Lease lease = LeaseRow.read(row, known);
            unreadable.remove(account);
            return lease;
        } catch (IllegalArgumentException e) {
            unreadable.put(account, String.valueOf(e.getMessage()));
            return null;
        }
    }

    /** The account has no row. */
    void absent(String account) {
        unreadable.remove(account);
    }

    /** As {@link dev.listenkeyd.fleet.FleetStore#unreadable}. */
    Map<String, String> unreadable() {
        return Collections.unmodifiableMap(unreadable);
    }

    /** Those of the accounts whose rows can't be read. */
    List<String> unreadable(Collection<String> accounts) {
        return accounts.stream().filter(unreadable::containsKey).toList();
    }

    /** @throws UnreadableException when the account's row can't be read */
    void check(String account) {
        String why = unreadable.get(account);
        if (why != null) {
            throw new UnreadableException(why);
        }
    }
}
