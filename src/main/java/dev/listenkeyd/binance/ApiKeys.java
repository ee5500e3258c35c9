package dev.listenkeyd.binance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.listenkeyd.files.SettingsFile;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.Secret;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** API keys of configured accounts; a key in a file is read again after the exchange refused it. Thread-safe. */
public final class ApiKeys {

    /** Larger than any API key. */
    private static final int MAX_FILE_BYTES = 4096;

    private final Map<String, Secret> keys = new ConcurrentHashMap<>();
    private final Map<String, Path> files;

    /**
     * @param keys by account
     * @param files by account, if the key was read from a file
     */
    public ApiKeys(Map<String, Secret> keys, Map<String, Path> files) {
        this.keys.putAll(keys);
        this.files = Map.copyOf(files);
    }

    /** The accounts with a configured key. */
    public Set<String> accounts() {
        return Set.copyOf(keys.keySet());
    }

    /** The configured key, else the one that the lease was registered with; null when there is neither. */
    @Nullable
    Secret of(Lease lease) {
        Secret configured = keys.get(lease.account());
        return configured == null ? lease.registration().apiKey() : configured;
    }

    /** Reads the key's file again: the exchange refused the key, and the file may hold a newer one. */
    void refused(String account) {
        Path file = files.get(account);
        if (file == null) {
            return;
        }
        try {
            keys.put(account, read(file));
        } catch (IllegalArgumentException e) {
            // The file may be in the middle of a replacement: keep the old key.
            return;
        }
    }

    /**
     * Reads a key from its file; white space around it is not part of it.
     *
     * @throws IllegalArgumentException when the file can't be read or holds no key
     */
    public static Secret read(Path file) {
        // A byte outside ASCII becomes a character that no key has.
        return new Secret(new String(SettingsFile.read(file, MAX_FILE_BYTES), ISO_8859_1).strip());
    }
}
