package dev.listenkeyd.app;

import dev.listenkeyd.config.Settings;
import dev.listenkeyd.files.Permissions;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.secrets.KeyFile;
import dev.listenkeyd.store.Reencryption;
import dev.listenkeyd.store.Store;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The store in the life of the process. */
@Singleton
class StoreLifecycle {
    /** Runs to skip after a failure: a full disk does not recover within a second. */
    private static final int REST = 60;

    private static final Logger LOG = Logger.getLogger("listenkeyd");

    private final Settings settings;
    private final Store store;
    private final FleetLifecycle fleet;
    private @Nullable Reencryption reencryption;
    private int rest;
    /** The failure that was logged last. */
    private @Nullable String trouble;

    StoreLifecycle(Settings settings, Store store, FleetLifecycle fleet) {
        this.settings = settings;
        this.store = store;
        this.fleet = fleet;
    }

    /**
     * Opens the store and restores the leases.
     *
     * @throws ConfigurationException when that fails
     */
    synchronized void open(LeaseRegistry registry) {
        try {
            store.open();
            StartReport.end("store");
            registry.restore();
            StartReport.end("leases");
        } catch (Store.Unusable e) {
            throw refusal(e.getMessage());
        } catch (StoreException e) {
            throw refusal(e.getMessage() + store.remedy());
        }
        reencryption = store.reencryption();
        warn();
    }

    private ConfigurationException refusal(@Nullable String why) {
        return new ConfigurationException("listenkeyd can't start, its store " + store.name() + " " + why);
    }

    private void warn() {
        KeyFile beside = KeyFile.beside(settings.storeFile());
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

    /** A few rows a second: renewals need the store's only connection. */
    synchronized void reencrypt() {
        if (reencryption == null || rest-- > 0) {
            return;
        }
        rest = 0;
        try {
            if (reencryption.step()) {
                LOG.infof("%d row(s) re-encrypted; the old keys can be removed", reencryption.count());
                reencryption = null;
            }
        } catch (StoreException e) {
            if (!String.valueOf(e.getMessage()).equals(trouble)) {
                LOG.warnf("%s; it is tried again until it works", e.getMessage());
            }
            trouble = e.getMessage();
            rest = REST;
        }
    }

    boolean isOpen() {
        return store.isOpen();
    }

    /** Joins the other replicas, if the store is a shared one. */
    void join() {
        fleet.start();
    }

    /** Lets the other replicas have the leases of this one, before a stop. */
    void drain() {
        fleet.drain();
    }

    /** Leaves the other replicas, and closes the store. */
    void close() {
        fleet.leave();
        store.close();
    }
}
