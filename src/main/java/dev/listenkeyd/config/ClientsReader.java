package dev.listenkeyd.config;

import dev.listenkeyd.access.Client;
import dev.listenkeyd.access.Clients;
import dev.listenkeyd.access.Scope;
import dev.listenkeyd.access.Tokens;
import dev.listenkeyd.lease.Registration;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.Config;
import org.jspecify.annotations.Nullable;

/**
 * Reads the clients of the API; named like accounts. Strict, for here a slip of the pen opens a door: what looks like a
 * setting of a client and is none stops the start.
 */
final class ClientsReader {
    static final String PREFIX = "LISTENKEYD_CLIENTS_";
    /** An API that is open by a slip of the pen looks like one that is locked. */
    private static final Pattern SLIP = Pattern.compile("LISTENKEYD_(?!ACCOUNTS_).*(CLIENT|TOKEN|SCOPE).*");

    private static final String MEMBERS = "_TOKEN, _TOKEN_FILE, _SCOPES and _POLICY_FILE";
    private static final Pattern VARIABLE = Pattern.compile(PREFIX + "(.+?)_(TOKEN_FILE|TOKEN|SCOPES|POLICY_FILE)");
    private static final Pattern PROPERTY =
            Pattern.compile("listenkeyd\\.clients\\.\"?([^.\"]+)\"?\\.(token-file|token|scopes|policy-file)");

    private final Config config;
    private final Violations violations;
    private final Map<String, PolicyFile> policies = new TreeMap<>();

    ClientsReader(Config config, Violations violations) {
        this.config = config;
        this.violations = violations;
    }

    /** Whether any client is meant to be there, however wrong. */
    static boolean anyNamed(Config config) {
        return !names(config).isEmpty();
    }

    List<Client> read() {
        Set<String> names = names(config);
        Map<String, Map<String, String>> members = new TreeMap<>();
        for (String name : names) {
            Matcher variable = VARIABLE.matcher(name);
            Matcher property = PROPERTY.matcher(name);
            Matcher found = property.matches() ? property : variable.matches() ? variable : null;
            String asVariable = SettingsReader.variable(name);
            if (found == variable && isAnothersVariable(name, names)) {
                continue;
            }
            if (found != null) {
                String member = found.group(2).toLowerCase(Locale.ROOT).replace('_', '-');
                members.computeIfAbsent(found.group(1).toLowerCase(Locale.ROOT), client -> new HashMap<>())
                        .put(member, raw(name));
            } else if (name.equals(asVariable) || !names.contains(asVariable)) {
                // A variable of the environment is listed under two names; the other one is judged.
                violations.add(asVariable + ": is no setting of a client; these are " + MEMBERS);
            }
        }
        for (String name : config.getPropertyNames()) {
            if (SLIP.matcher(name).matches() && !name.startsWith(PREFIX)) {
                violations.add(name + ": is no setting; a client has " + PREFIX + "<NAME>" + MEMBERS);
            }
        }
        List<Client> grants = new ArrayList<>();
        members.forEach((client, values) -> readClient(client, values, grants));
        return grants;
    }

    /** A variable may stand above a property whose name has a dash, which a variable's name can't have. */
    private static boolean isAnothersVariable(String variable, Set<String> names) {
        return names.stream()
                .anyMatch(name -> PROPERTY.matcher(name).matches()
                        && SettingsReader.variable(name).equals(variable));
    }

    private static Set<String> names(Config config) {
        Set<String> names = new TreeSet<>();
        for (String name : config.getPropertyNames()) {
            if (SettingsReader.variable(name).startsWith(PREFIX)) {
                names.add(name);
            }
        }
        return names;
    }

    /** Empty when it refers to what isn't there: the complaint about that would quote it. */
    private String raw(String name) {
        String value = config.getConfigValue(name).getValue();
        return value == null ? "" : value;
    }

    /** Policies of their own, by client; what {@link #read} has found. */
    Map<String, PolicyFile> policies() {
        return policies;
    }

    private void readClient(String client, Map<String, String> values, List<Client> into) {
        String where = PREFIX + SettingsReader.variable(client);
        if (!Registration.ACCOUNT.matcher(client).matches()) {
            violations.add(where + ": a client's name must match " + Registration.ACCOUNT);
        }
        if (Clients.isReserved(client)) {
            violations.add(where + ": " + client + " can't be the name of a client");
        }
        Set<String> scopes = scopes(where, values.get("scopes"));
        String policy = values.get("policy-file");
        PolicyFile found = policy == null ? null : violations.read(where + "_POLICY_FILE", policy, PolicyFile::read);
        if (found != null) {
            policies.put(client, found);
        }
        String file = values.get("token-file");
        Tokens tokens = tokens(where, values.get("token"), file);
        if (tokens == null) {
            return;
        }
        for (Client other : into) {
            if (tokens.sharesWith(other.tokens())) {
                violations.add(
                        where + " and " + PREFIX + SettingsReader.variable(other.name()) + ": have a token in common");
            }
        }
        into.add(new Client(client, scopes, tokens, file == null ? null : Path.of(file)));
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
