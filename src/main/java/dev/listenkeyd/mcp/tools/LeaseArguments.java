package dev.listenkeyd.mcp.tools;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.view.JsonSchema;
import dev.listenkeyd.view.OpenApiPatterns;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** Finds the lease or account that the arguments of a tool name. Errors repeat no argument: it may be a key. */
@Singleton
final class LeaseArguments {
    static final JsonSchema ACCOUNT_OPTIONAL = JsonSchema.ofRequest(OptionalAccount.class);
    static final JsonSchema ACCOUNT_REQUIRED = JsonSchema.ofRequest(RequiredAccount.class);
    static final JsonSchema ACCOUNT_OR_KEY = JsonSchema.ofRequest(AccountOrKey.class);

    private static final String ACCOUNT = "account";
    private static final String LISTEN_KEY = "listenKey";
    private static final String ACCOUNT_TEXT = "name of the account, as the daemon knows it";
    private static final Pattern KEY = Pattern.compile(Secret.SYNTAX);
    private static final int MOST_NAMED = 50;

    private final Leases leases;

    private record OptionalAccount(
            @Schema(description = ACCOUNT_TEXT, pattern = OpenApiPatterns.ACCOUNT) @Nullable
            String account) {}

    private record RequiredAccount(
            @Schema(description = ACCOUNT_TEXT, pattern = OpenApiPatterns.ACCOUNT)
            String account) {}

    private record AccountOrKey(
            @Schema(description = ACCOUNT_TEXT, pattern = OpenApiPatterns.ACCOUNT) @Nullable
            String account,

            @Schema(description = "the listen key, when you know it and not its account") @Nullable
            String listenKey) {}

    LeaseArguments(Leases leases) {
        this.leases = leases;
    }

    /**
     * The lease of this account or with this key; without either the only lease there is.
     *
     * @throws LeaseRefused when there is none, or more than one
     */
    Lease lease(Map<String, Object> arguments) {
        requireOnly(arguments, List.of(ACCOUNT, LISTEN_KEY));
        String account = text(arguments, ACCOUNT, Registration.ACCOUNT);
        String text = text(arguments, LISTEN_KEY, KEY);
        Secret key = text == null ? null : new Secret(text);
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
        if (found.isEmpty()) {
            throw new LeaseRefused(Refusal.NOT_FOUND, key == null ? "there is no lease" : "listenKey: no such lease");
        }
        if (found.size() > 1) {
            throw ambiguous(found.stream().map(Lease::account).toList());
        }
        return found.get(0);
    }

    /** The account that is named; without a name the only one that can be registered by its name alone. */
    String accountToRegister(Map<String, Object> arguments) {
        String account = account(arguments);
        Set<String> configured = leases.configured();
        if (account != null) {
            if (!configured.contains(account)
                    && leases.after("").map(Lease::account).noneMatch(account::equals)) {
                throw new LeaseRefused(
                        Refusal.ACCOUNT_UNKNOWN,
                        "account: is neither configured nor registered, and an agent can't add one: a person must");
            }
            return account;
        }
        if (configured.isEmpty()) {
            throw new LeaseRefused(
                    Refusal.ACCOUNT_UNKNOWN, "no account is configured, and an agent can't add one: a person must");
        }
        if (configured.size() > 1) {
            throw ambiguous(configured);
        }
        return configured.iterator().next();
    }

    /** The account that must be named. */
    static String requiredAccount(Map<String, Object> arguments) {
        String account = account(arguments);
        if (account == null) {
            throw invalid("account: is missing");
        }
        return account;
    }

    /** The account, of arguments that may hold nothing else; null when it is not given. */
    static @Nullable String account(Map<String, Object> arguments) {
        requireOnly(arguments, List.of(ACCOUNT));
        return text(arguments, ACCOUNT, Registration.ACCOUNT);
    }

    private static void requireOnly(Map<String, Object> arguments, List<String> known) {
        if (!known.containsAll(arguments.keySet())) {
            throw invalid("only " + String.join(" and ", known) + (known.size() == 1 ? " is" : " are") + " understood");
        }
    }

    private static @Nullable String text(Map<String, Object> arguments, String name, Pattern syntax) {
        Object value = arguments.get(name);
        if (value == null) {
            return null;
        }
        if (value instanceof String text && syntax.matcher(text).matches()) {
            return text;
        }
        throw invalid(name + ": is not valid");
    }

    /** Compares whole keys in constant time, since two keys can have the same fingerprint. */
    private static boolean has(Lease lease, Secret key) {
        return lease.key() != null && lease.key().value().equals(key);
    }

    private static LeaseRefused ambiguous(Collection<String> accounts) {
        String names = String.join(", ", accounts.stream().limit(MOST_NAMED).toList());
        return invalid("account: name one of " + names + (accounts.size() > MOST_NAMED ? ", ..." : ""));
    }

    private static LeaseRefused invalid(String sentence) {
        return new LeaseRefused(Refusal.INVALID_REQUEST, sentence);
    }
}
