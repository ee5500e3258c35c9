package dev.listenkeyd.config;

import dev.listenkeyd.access.Client;
import dev.listenkeyd.access.Clients;
import dev.listenkeyd.access.Scope;
import dev.listenkeyd.access.Tokens;
import dev.listenkeyd.lease.Registration;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.Config;
import org.jspecify.annotations.Nullable;

/**
 * Reads the clients of the API. A misspelt setting stops the start: it could leave the API open, or give a client more rights
 * than it was meant to have. No message repeats a token.
 */
final class ClientsReader {
    static final NamedSettings SETTINGS = new NamedSettings("clients", "token-file", "token", "scopes", "policy-file");

    private static final String MEMBERS = "_TOKEN, _TOKEN_FILE, _SCOPES and _POLICY_FILE";
    private static final Pattern MISSPELT = Pattern.compile("LISTENKEYD_(?!ACCOUNTS_).*(CLIENT|TOKEN|SCOPE).*");

    private final Config config;
    private final Violations violations;
    private final List<Client> clients = new ArrayList<>();
    private final Map<String, PolicyFile> policies = new TreeMap<>();

    ClientsReader(Config config, Violations violations) {
        this.config = config;
        this.violations = violations;
    }

    List<Client> read() {
        for (String name : SETTINGS.unknown(config)) {
            violations.add(name + ": is no setting of a client; these are " + MEMBERS);
        }
        for (String name : config.getPropertyNames()) {
            if (MISSPELT.matcher(name).matches() && !name.startsWith(SETTINGS.prefix())) {
                violations.add(name + ": is no setting; a client has " + SETTINGS.prefix() + "<NAME>" + MEMBERS);
            }
        }
        SETTINGS.read(config).forEach(this::add);
        return clients;
    }

    /** The policies of single clients, by client, as {@link #read} found them. */
    Map<String, PolicyFile> policies() {
        return policies;
    }

    private void add(String client, Map<String, String> values) {
        String where = SETTINGS.prefix(client);
        if (!Registration.ACCOUNT.matcher(client).matches()) {
            violations.add(where + ": a client's name must match " + Registration.ACCOUNT);
        }
        if (Clients.isReserved(client)) {
            violations.add(where + ": " + client + " can't be the name of a client");
        }
        String policyFile = values.get("policy-file");
        PolicyFile policy =
                policyFile == null ? null : violations.read(where + "_POLICY_FILE", policyFile, PolicyFile::read);
        if (policy != null) {
            policies.put(client, policy);
        }
        Set<String> scopes = scopes(where, values.get("scopes"));
        String file = values.get("token-file");
        Tokens tokens = tokens(where, values.get("token"), file);
        if (tokens != null) {
            checkDistinct(where, tokens);
            clients.add(new Client(client, scopes, tokens, file == null ? null : Path.of(file)));
        }
    }

    private void checkDistinct(String where, Tokens tokens) {
        for (Client other : clients) {
            if (tokens.sharesWith(other.tokens())) {
                violations.add(where + " and " + SETTINGS.prefix(other.name()) + ": have a token in common");
            }
        }
    }

    private @Nullable Tokens tokens(String where, @Nullable String list, @Nullable String file) {
        if (list != null && file == null) {
            return violations.collect(where + "_TOKEN", () -> Tokens.ofList(list));
        }
        if (file != null && list == null) {
            return violations.read(where + "_TOKEN_FILE", file, Tokens::ofFile);
        }
        violations.add(where + ": exactly one of _TOKEN and _TOKEN_FILE must be set");
        return null;
    }

    private Set<String> scopes(String where, @Nullable String list) {
        if (list == null) {
            return Scope.DEFAULT;
        }
        Set<String> scopes =
                Arrays.stream(list.split(",", -1)).map(String::strip).collect(Collectors.toSet());
        if (!Scope.ALL.containsAll(scopes)) {
            violations.add(where + "_SCOPES: must be a list of " + String.join(", ", Scope.ALL));
        }
        return scopes;
    }
}
