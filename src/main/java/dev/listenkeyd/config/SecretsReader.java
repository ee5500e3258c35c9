package dev.listenkeyd.config;

import dev.listenkeyd.config.Settings.Secrets;
import dev.listenkeyd.secrets.KeyFile;
import dev.listenkeyd.secrets.SecretKeys;
import java.nio.file.Path;
import java.util.Set;
import org.eclipse.microprofile.config.Config;
import org.jspecify.annotations.Nullable;

/** Reads the keys that encrypt secrets in the store. No message repeats a value: it may be a key. */
final class SecretsReader {
    private static final String KEY = "LISTENKEYD_SECRETS_KEY";
    private static final String KEY_FILE = "LISTENKEYD_SECRETS_KEY_FILE";

    /** These have no default in application.properties: a variable that is set to nothing must be noticed. */
    static final Set<String> VARIABLES = Set.of(KEY, KEY_FILE);

    private final Config config;
    private final Violations violations;

    SecretsReader(Config config, Violations violations) {
        this.config = config;
        this.violations = violations;
    }

    Secrets read() {
        String text = config.getConfigValue("listenkeyd.secrets.key").getValue();
        String file = config.getConfigValue("listenkeyd.secrets.key-file").getValue();
        if (text != null && file != null) {
            violations.add(KEY + " and " + KEY_FILE + ": only one of them may be set");
        }
        // An empty value, as of a secret that was not delivered, must not lead to a new key beside the store.
        SecretKeys given = text == null ? null : violations.collect(KEY, () -> SecretKeys.parse(filled(text)));
        String name = file == null ? null : violations.collect(KEY_FILE, () -> filled(file));
        SecretKeys read = name == null ? null : violations.read(KEY_FILE, name, path -> new KeyFile(path).read());
        return read == null ? new Secrets(given, null) : new Secrets(read, Path.of(name));
    }

    private static String filled(@Nullable String value) {
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException("is set, but empty; unset it to have a key made beside the store");
        }
        return value.strip();
    }
}
