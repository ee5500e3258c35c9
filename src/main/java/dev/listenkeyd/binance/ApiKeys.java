package dev.listenkeyd.binance;

import dev.listenkeyd.renewal.Lease;
import dev.listenkeyd.renewal.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** API keys of configured accounts; a key in a file is read again after the exchange refused it. Thread-safe. */
public final class ApiKeys {

    /** Larger than any API key: a file beyond it is the wrong file. */
    private static final int MAX_FILE_BYTES = 4096;

    private final Map<String, Secret> keys = new ConcurrentHashMap<>();
    private final Map<String, Path> files;

    /**
     * @param keys by account
     * @param files by account, read at once
     * @throws IOException when a file can't be read
     */
    public ApiKeys(Map<String, Secret> keys, Map<String, Path> files) throws IOException {
        this.files = Map.copyOf(files);
        this.keys.putAll(keys);
        for (Map.Entry<String, Path> file : files.entrySet()) {
            this.keys.put(file.getKey(), read(file.getValue()));
        }
    }

    /** Accounts whose key stands in the configuration. */
    public Set<String> accounts() {
        return Set.copyOf(keys.keySet());
    }

    /** The configured key, else the one that the lease was registered with; null when there is neither. */
    @Nullable
    Secret of(Lease lease) {
        Secret configured = keys.get(lease.account());
        return configured == null ? lease.registration().apiKey() : configured;
    }

    /** The exchange did not accept this account's key: perhaps a newer one is in its file by now. */
    void refused(String account) {
        Path file = files.get(account);
        if (file == null) {
            return;
        }
        try {
            keys.put(account, read(file));
        } catch (IOException | IllegalArgumentException e) {
            // A file that is being replaced can be read a moment later: the old key stays until then.
            return;
        }
    }

    private static Secret read(Path file) throws IOException {
        if (Files.size(file) > MAX_FILE_BYTES) {
            throw new IOException("larger than " + MAX_FILE_BYTES + " bytes");
        }
        return new Secret(Files.readString(file).strip());
    }
}
