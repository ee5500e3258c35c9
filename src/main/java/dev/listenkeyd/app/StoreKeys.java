package dev.listenkeyd.app;

import dev.listenkeyd.config.Settings;
import dev.listenkeyd.files.Permissions;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.secrets.KeyFile;
import dev.listenkeyd.secrets.SecretCipher;
import dev.listenkeyd.secrets.SecretKeys;
import dev.listenkeyd.store.Reencryption;
import dev.listenkeyd.store.SecretInventory;
import dev.listenkeyd.store.StoreFile;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import javax.sql.DataSource;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Finds or makes the keys of the store's secrets before the first write, and re-encrypts rows that use older keys. */
@Singleton
public class StoreKeys {
    private static final int REST = 60;
    private static final Logger LOG = Logger.getLogger("listenkeyd");

    private final Settings settings;
    private final SecretCipher cipher;
    private final DataSource dataSource;
    private final KeyFile beside;

    private volatile @Nullable Reencryption reencryption;
    private int outdated;
    private int keys;
    /** Runs to skip after a failure: a full disk does not recover within a second. */
    private int rest;

    private boolean troubled;

    StoreKeys(Settings settings, SecretCipher cipher, DataSource dataSource) {
        this.settings = settings;
        this.cipher = cipher;
        this.dataSource = dataSource;
        this.beside = KeyFile.beside(settings.storeFile());
    }

    /**
     * Makes the store readable and writable. Must be called once, after the store's file is locked and before the first write.
     *
     * @throws ConfigurationException when a secret of the store can't be read; then nothing was changed
     */
    public void unlock() {
        SecretKeys known = known();
        if (known != null) {
            cipher.unlock(known);
        }
        try {
            outdated = SecretInventory.check(settings.storeFile(), cipher);
        } catch (StoreFile.Unusable e) {
            throw refusal(e.getMessage() + "\n" + remedy(known != null));
        }
        SecretKeys used = known == null ? made() : known;
        keys = used.count();
        reencryption = new Reencryption(dataSource, cipher, outdated > 0);
        warn();
    }

    private @Nullable SecretKeys known() {
        SecretKeys configured = settings.secrets().keys();
        if (configured != null || !beside.exists()) {
            return configured;
        }
        try {
            return beside.read();
        } catch (IllegalArgumentException e) {
            throw refusal("has a key file " + beside.path() + " that can't be used: " + e.getMessage()
                    + "\nPut the right one back, or set LISTENKEYD_SECRETS_KEY or LISTENKEYD_SECRETS_KEY_FILE.");
        }
    }

    private SecretKeys made() {
        try {
            SecretKeys made = beside.create(new SecureRandom());
            cipher.unlock(made);
            return made;
        } catch (IOException | IllegalArgumentException e) {
            throw refusal("needs a key file " + beside.path() + ", which can't be made: " + e
                    + "\nSet LISTENKEYD_SECRETS_KEY or LISTENKEYD_SECRETS_KEY_FILE.");
        }
    }

    private String remedy(boolean keyGiven) {
        boolean passedOver = settings.secrets().keys() != null && beside.exists();
        return "Nothing was changed. "
                + (keyGiven ? "" : "The key file " + beside.path() + " is missing: put it back, or set a key. ")
                + "Set LISTENKEYD_SECRETS_KEY or LISTENKEYD_SECRETS_KEY_FILE to the key that it was written with; a new"
                + " one may stand before it, comma between them."
                + (passedOver ? " One key stands in " + beside.path() + "." : "");
    }

    private ConfigurationException refusal(String reason) {
        return new ConfigurationException("listenkeyd can't start, its store " + settings.storeFile() + " " + reason);
    }

    private void warn() {
        boolean configured = settings.secrets().keys() != null;
        if (!configured && !settings.sandbox()) {
            LOG.warnf(
                    "The key that encrypts secrets in the store stands beside it, in %s: whoever copies the folder has"
                            + " both. Better: move that file to another place that only this process can read, and set"
                            + " LISTENKEYD_SECRETS_KEY_FILE to it, or LISTENKEYD_SECRETS_KEY to its content.",
                    beside.path());
        }
        Path file = configured ? settings.secrets().file() : beside.path();
        String permissions = file == null ? null : Permissions.ifOpenToOthers(file);
        if (permissions != null) {
            LOG.warnf(
                    "The key file %s is open to others than its owner (%s). Set its mode to 600; if others may have"
                            + " read it, put a new key before the old one.",
                    file, permissions);
        }
    }

    /** Must be called every second. Each run is small, so that renewals find the store's only connection free. */
    void reencrypt() {
        Reencryption running = reencryption;
        if (running == null || rest-- > 0) {
            return;
        }
        rest = 0;
        try {
            if (running.step()) {
                reencryption = null;
                sayDone();
            }
            troubled = false;
        } catch (StoreException e) {
            if (!troubled) {
                LOG.warnf("%s; it is tried again until it works", e.getMessage());
            }
            troubled = true;
            rest = REST;
        }
    }

    private void sayDone() {
        if (outdated > 0 || keys > 1) {
            LOG.infof("%d row(s) re-encrypted%s", outdated, keys > 1 ? "; the old keys can be removed" : "");
        }
    }
}
