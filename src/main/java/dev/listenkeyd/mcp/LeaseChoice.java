package dev.listenkeyd.mcp;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.registration.Leases;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Which lease or account an agent means. */
@Singleton
final class LeaseChoice {
    static final String ACCOUNT = "account";
    static final String LISTEN_KEY = "listenKey";

    private static final Pattern KEY = Pattern.compile(Secret.SYNTAX);
    private static final int MOST_NAMED = 50;

    private final Leases leases;

    LeaseChoice(Leases leases) {
        this.leases = leases;
    }

    /**
     * The lease of this account or with this key; without either the only one there is.
     *
     * @throws LeaseRefused when there is none, or more than one
     */
    Lease lease(Map<String, Object> arguments) {
        Arguments.requireOnly(arguments, ACCOUNT, LISTEN_KEY);
        String account = account(arguments);
        String text = Arguments.text(arguments, LISTEN_KEY, KEY);
        Secret key = text == null ? null : new Secret(text);
        if (account != null) {
            Lease lease = leases.get(account);
            if (key != null && !has(lease, key)) {
                throw Arguments.invalid("listenKey: is not the key of this account");
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
        if (found.isEmpty()) {
            String what = key == null ? "there is no lease" : "listenKey: no such lease";
            throw new LeaseRefused(Refusal.NOT_FOUND, what);
        }
        throw ambiguous(found.stream().map(Lease::account).toList());
    }

    /** The account that is named; without a name the only one that can be registered by its name alone. */
    String accountToRegister(Map<String, Object> arguments) {
        Arguments.requireOnly(arguments, ACCOUNT);
        String account = account(arguments);
        if (account != null
                && !leases.configured().contains(account)
                && leases.after("").map(Lease::account).noneMatch(account::equals)) {
            throw new LeaseRefused(
                    Refusal.ACCOUNT_UNKNOWN,
                    "account: is neither configured nor registered, and an agent can't add one: a person must");
        }
        if (account != null) {
            return account;
        }
        Set<String> accounts = new TreeSet<>(leases.configured());
        if (accounts.size() == 1) {
            return accounts.iterator().next();
        }
        throw accounts.isEmpty()
                ? new LeaseRefused(
                        Refusal.ACCOUNT_UNKNOWN, "no account is configured, and an agent can't add one: a person must")
                : ambiguous(accounts);
    }

    /** The account that must be named. */
    static String named(Map<String, Object> arguments) {
        Arguments.requireOnly(arguments, ACCOUNT);
        String account = account(arguments);
        if (account == null) {
            throw Arguments.invalid("account: is missing");
        }
        return account;
    }

    /** Null when none is named. */
    static @Nullable String account(Map<String, Object> arguments) {
        return Arguments.text(arguments, ACCOUNT, Registration.ACCOUNT);
    }

    /** The whole key is compared, in a time that tells nothing of it: two keys can have the same fingerprint. */
    private static boolean has(Lease lease, Secret key) {
        return lease.key() != null && lease.key().value().equals(key);
    }

    private static LeaseRefused ambiguous(Collection<String> accounts) {
        String names = String.join(", ", accounts.stream().limit(MOST_NAMED).toList());
        return Arguments.invalid("account: name one of " + names + (accounts.size() > MOST_NAMED ? ", ..." : ""));
    }
}
