package dev.listenkeyd.mcp;

import dev.listenkeyd.renewal.Lease;
import dev.listenkeyd.renewal.LeaseRefused;
import dev.listenkeyd.renewal.LeaseRefused.Refusal;
import dev.listenkeyd.renewal.Leases;
import dev.listenkeyd.renewal.Registration;
import dev.listenkeyd.renewal.Secret;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which lease an agent means. Complaints repeat nothing that it sent. */
@Singleton
final class LeaseChoice {
    static final String ACCOUNT = "account";
    static final String LISTEN_KEY = "listenKey";
    private static final int MOST_NAMED = 50;

    private final Leases leases;

    LeaseChoice(Leases leases) {
        this.leases = leases;
    }

    /** @throws LeaseRefused when there is none, or more than one */
    Lease of(Map<String, Object> arguments) {
        if (!Set.of(ACCOUNT, LISTEN_KEY).containsAll(arguments.keySet())) {
            throw invalid("only account and listenKey are understood");
        }
        String account = text(arguments, ACCOUNT, Registration.ACCOUNT_SYNTAX);
        String key = text(arguments, LISTEN_KEY, Secret.SYNTAX);
        if (account != null) {
            Lease lease = leases.get(account);
            if (key != null && !has(lease, key)) {
                throw invalid("listenKey: is not the key of this account");
            }
            return lease;
        }
        List<Lease> found = leases.after("")
                .filter(lease -> key == null || has(lease, key))
                .limit(MOST_NAMED)
                .toList();
        if (found.size() == 1) {
            return found.get(0);
        }
        throw found.isEmpty() || key != null
                ? new LeaseRefused(Refusal.NOT_FOUND, key == null ? "there is no lease" : "listenKey: no such lease")
                : invalid("account: name one of "
                        + String.join(", ", found.stream().map(Lease::account).toList()));
    }

    private static @Nullable String text(Map<String, Object> arguments, String name, String syntax) {
        Object value = arguments.get(name);
        if (value == null) {
            return null;
        }
        if (value instanceof String text && text.matches(syntax)) {
            return text;
        }
        throw invalid(name + ": is not valid");
    }

    private static boolean has(Lease lease, String key) {
        return lease.key() != null && lease.key().value().fingerprint().equals(new Secret(key).fingerprint());
    }

    private static LeaseRefused invalid(String sentence) {
        return new LeaseRefused(Refusal.INVALID_REQUEST, sentence);
    }
}
