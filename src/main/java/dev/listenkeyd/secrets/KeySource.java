package dev.listenkeyd.secrets;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/** Where the keys of a store come from: the configuration, else the key file beside the store. */
public final class KeySource {
    private final @Nullable SecretKeys configured;
    private final KeyFile beside;
    private final SecureRandom random;

    /** @param configured null: none are */
    public KeySource(Path store, @Nullable SecretKeys configured, SecureRandom random) {
        this.configured = configured;
        this.beside = KeyFile.beside(store);
        this.random = random;
    }

    /**
     * Finds the keys.
     *
     * @return null when none are configured and there is no key file
     * @throws IllegalArgumentException when the key file can't be used; the message continues "the store ..."
     */
    public @Nullable SecretKeys find() {
        if (configured != null || !beside.exists()) {
            return configured;
        }
        try {
            return beside.read();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "has a key file " + beside.path() + " that can't be used: " + e.getMessage()
                            + "\nPut the right one back, or set LISTENKEYD_SECRETS_KEY or LISTENKEYD_SECRETS_KEY_FILE.",
                    e);
        }
    }

    /**
     * Makes the key file, for a store that holds no secret yet.
     *
     * @throws IllegalArgumentException when that fails; the message continues "the store ..."
     */
    public SecretKeys create() {
        try {
            return beside.create(random);
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "needs a key file " + beside.path() + ", which can't be made: " + e
                            + "\nSet LISTENKEYD_SECRETS_KEY or LISTENKEYD_SECRETS_KEY_FILE.",
                    e);
        }
    }

    /** Sentences that say what to do when the keys found don't decrypt the store. */
    public String remedy() {
        String missing = configured != null || beside.exists()
                ? ""
                : "The key file " + beside.path() + " is missing: put it back, or set a key. ";
        String unused = configured != null && beside.exists() ? " One key stands in " + beside.path() + "." : "";
        return missing
                + "Set LISTENKEYD_SECRETS_KEY or LISTENKEYD_SECRETS_KEY_FILE to the key that it was written with; a new"
                + " one may stand before it, comma between them." + unused;
    }
}
