package dev.listenkeyd.config;

import dev.listenkeyd.binance.ApiKeys;
import dev.listenkeyd.config.Settings.Accounts;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.Secret;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.Config;

/**
 * Reads configured accounts. In the environment a name is upper case and may hold underscores only; in a properties file
 * it stands as it is: {@code listenkeyd.accounts.my-desk.api-key}.
 */
final class AccountsReader {
    static final Pattern VARIABLE = Pattern.compile("LISTENKEYD_ACCOUNTS_(.+?)_(API_KEY_FILE|API_KEY|KEEP)");
    private static final Pattern PROPERTY =
            Pattern.compile("listenkeyd\\.accounts\\.\"?([^.\"]+)\"?\\.(api-key-file|api-key|keep)");

    private final Config config;
    private final Violations violations;

    AccountsReader(Config config, Violations violations) {
        this.config = config;
        this.violations = violations;
    }

    Accounts read() {
        Map<String, Map<String, String>> members = new TreeMap<>();
        for (String name : config.getPropertyNames()) {
            Matcher variable = VARIABLE.matcher(name);
            Matcher property = PROPERTY.matcher(name);
            Matcher found = variable.matches() ? variable : property.matches() ? property : null;
            if (found != null) {
                String member = found.group(2).toLowerCase(Locale.ROOT).replace('_', '-');
                members.computeIfAbsent(found.group(1).toLowerCase(Locale.ROOT), account -> new HashMap<>())
                        .put(member, config.getOptionalValue(name, String.class).orElse(""));
            }
        }
        Map<String, Secret> keys = new HashMap<>();
        Map<String, Path> files = new HashMap<>();
        Set<String> kept = new TreeSet<>();
        members.forEach((account, values) -> readAccount(account, values, new Accounts(keys, files, kept)));
        return new Accounts(keys, files, kept);
    }

    private void readAccount(String account, Map<String, String> values, Accounts into) {
        String where = "LISTENKEYD_ACCOUNTS_" + account.toUpperCase(Locale.ROOT);
        if (!Registration.ACCOUNT.matcher(account).matches()) {
            violations.add(where + ": an account's name must match " + Registration.ACCOUNT);
        }
        String key = values.get("api-key");
        String file = values.get("api-key-file");
        if ((key == null) == (file == null)) {
            violations.add(where + ": exactly one of _API_KEY and _API_KEY_FILE must be set");
        } else {
            Secret secret = file == null
                    ? violations.collect(where + "_API_KEY", () -> new Secret(String.valueOf(key)))
                    : violations.read(where + "_API_KEY_FILE", file, path -> {
                        into.files().put(account, path);
                        return ApiKeys.read(path);
                    });
            if (secret != null) {
                into.keys().put(account, secret);
            }
        }
        String keep = values.getOrDefault("keep", "false").toLowerCase(Locale.ROOT);
        if (keep.equals("true")) {
            into.kept().add(account);
        } else if (!keep.equals("false")) {
            violations.add(where + "_KEEP: neither true nor false");
        }
    }
}
