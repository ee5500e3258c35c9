package dev.listenkeyd.config;

import dev.listenkeyd.binance.ApiKeys;
import dev.listenkeyd.config.Settings.Accounts;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.Secret;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import org.eclipse.microprofile.config.Config;
import org.jspecify.annotations.Nullable;

/** Reads the configured accounts. No message repeats an API key. */
final class AccountsReader {
    static final NamedSettings SETTINGS =
            new NamedSettings("accounts", "api-key-file", "api-key", "keep", "watch", "sink-file", "sink-file-mode");

    private final Violations violations;
    private final Accounts accounts;

    private AccountsReader(Violations violations, @Nullable Path folder) {
        this.violations = violations;
        this.accounts = new Accounts(new HashMap<>(), new HashMap<>(), new TreeSet<>(), folder);
    }

    static Accounts read(Config config, Values values, Violations violations) {
        Path folder = AccountsFolderReader.read(config, values, violations);
        AccountsReader reader = new AccountsReader(violations, folder);
        SETTINGS.read(config).forEach(reader::add);
        return reader.accounts;
    }

    private void add(String account, Map<String, String> values) {
        String where = SETTINGS.prefix(account);
        if (!Registration.ACCOUNT.matcher(account).matches()) {
            violations.add(where + ": an account's name must match " + Registration.ACCOUNT);
        }
        addKey(account, where, values);
        String keep = values.getOrDefault("keep", "false");
        if (keep.equalsIgnoreCase("true")) {
            accounts.kept().add(account);
        } else if (!keep.equalsIgnoreCase("false")) {
            violations.add(where + "_KEEP: neither true nor false");
        }
    }

    private void addKey(String account, String where, Map<String, String> values) {
        String key = values.get("api-key");
        String file = values.get("api-key-file");
        Secret secret = null;
        if (key != null && file == null) {
            secret = violations.collect(where + "_API_KEY", () -> new Secret(key));
        } else if (file != null && key == null) {
            secret = violations.read(where + "_API_KEY_FILE", file, path -> {
                accounts.files().put(account, path);
                return ApiKeys.read(path);
            });
        } else if (key != null || !isKnownOtherwise(values)) {
            violations.add(where + ": exactly one of _API_KEY and _API_KEY_FILE must be set");
        }
        if (secret != null) {
            accounts.keys().put(account, secret);
        }
    }

    /** Whether its API key may come from elsewhere: from a file of the folder, or with a registration over HTTP. */
    private boolean isKnownOtherwise(Map<String, String> values) {
        return accounts.folder() == null
                ? SinksReader.MEMBERS.containsAll(values.keySet())
                : !values.containsKey("keep");
    }
}
