package dev.listenkeyd.config;

import io.quarkus.runtime.configuration.DurationConverter;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.Config;
import org.jspecify.annotations.Nullable;

/** Reads where the leases of several replicas are, and how this one is named. No message repeats an address or a password. */
final class SharedStoreReader {
    private static final String URL = "LISTENKEYD_STORE_URL";
    private static final String USER = "LISTENKEYD_STORE_USER";
    private static final String PASSWORD = "LISTENKEYD_STORE_PASSWORD";
    private static final String PASSWORD_FILE = "LISTENKEYD_STORE_PASSWORD_FILE";
    private static final String REPLICA = "LISTENKEYD_REPLICA";

    /** These have no default in application.properties: a variable that is set to nothing must be noticed. */
    static final Set<String> VARIABLES = Set.of(URL, USER, PASSWORD, PASSWORD_FILE, REPLICA);

    private static final Pattern ADDRESS = Pattern.compile("jdbc:postgresql://[^@\\s?]*(\\?\\S*)?");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?");
    private static final Duration SHORTEST_TTL = Duration.ofSeconds(3);
    private static final Duration LONGEST_TTL = Duration.ofMinutes(5);

    private final Config config;
    private final Values values;
    private final Violations violations;

    SharedStoreReader(Config config, Values values, Violations violations) {
        this.config = config;
        this.values = values;
        this.violations = violations;
    }

    /** Returns null when the leases are in a file. */
    @Nullable
    SharedStore read(Settings.Secrets secrets, boolean sandbox) {
        Duration ttl = ttl();
        String address = raw("listenkeyd.store.url");
        if (address == null) {
            refuseWithoutAddress();
            return null;
        }
        String url = violations.collect(URL, () -> address(address.strip()));
        if (sandbox) {
            violations.add(
                    "LISTENKEYD_SANDBOX=true: unset " + URL + "; the sandbox would renew real leases at its stand-in");
        }
        if (secrets.keys() == null) {
            violations.add(
                    URL + ": needs LISTENKEYD_SECRETS_KEY or LISTENKEYD_SECRETS_KEY_FILE, the same for all replicas");
        }
        String text = raw("listenkeyd.store.password");
        String name = raw("listenkeyd.store.password-file");
        if (text != null && name != null) {
            violations.add(PASSWORD + " and " + PASSWORD_FILE + ": only one of them may be set");
        }
        StorePassword given = text == null ? null : violations.collect(PASSWORD, () -> StorePassword.of(filled(text)));
        String file = name == null ? null : violations.collect(PASSWORD_FILE, () -> filled(name));
        StorePassword read = file == null ? null : violations.read(PASSWORD_FILE, file, StorePassword::in);
        String user = raw("listenkeyd.store.user");
        String replica = violations.collect(REPLICA, () -> name(raw("listenkeyd.replica")));
        if (url == null || replica == null || !violations.isEmpty()) {
            return null;
        }
        return new SharedStore(url, user, read == null ? given : read, replica, ttl);
    }

    private void refuseWithoutAddress() {
        for (String variable : new String[] {USER, PASSWORD, PASSWORD_FILE}) {
            String property = "listenkeyd.store." + variable.substring("LISTENKEYD_STORE_".length());
            if (raw(property.toLowerCase(Locale.ROOT).replace('_', '-')) != null) {
                violations.add(variable + ": has no effect without " + URL);
            }
        }
    }

    private Duration ttl() {
        return values.value(
                "listenkeyd.replica-ttl",
                raw -> {
                    Duration ttl = DurationConverter.parseDuration(raw);
                    if (ttl != null && (ttl.compareTo(SHORTEST_TTL) < 0 || ttl.compareTo(LONGEST_TTL) > 0)) {
                        throw new IllegalArgumentException("must be from 3s to 5m");
                    }
                    return ttl;
                },
                SHORTEST_TTL);
    }

    private @Nullable String raw(String property) {
        return config.getConfigValue(property).getValue();
    }

    private static String address(String raw) {
        String text = filled(raw);
        if (!ADDRESS.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "not an address such as jdbc:postgresql://db.example.com:5432/listenkeyd");
        }
        if (text.toLowerCase(Locale.ROOT).contains("password=")) {
            throw new IllegalArgumentException("must contain no password: set " + PASSWORD + " or " + PASSWORD_FILE);
        }
        return text;
    }

    private static String name(@Nullable String raw) {
        String text = filled(raw).strip();
        if (!NAME.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "must be 1 to 100 letters, digits, '.', '_' or '-', and begin and end with a" + " letter or digit");
        }
        return text;
    }

    private static String filled(@Nullable String value) {
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException("is set, but empty");
        }
        return value;
    }
}
