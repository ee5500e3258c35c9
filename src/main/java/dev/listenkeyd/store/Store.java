package dev.listenkeyd.store;

import dev.listenkeyd.audit.AuditStore;
import dev.listenkeyd.lease.EventStore;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.secrets.KeySource;
import dev.listenkeyd.secrets.SecretCipher;
import dev.listenkeyd.secrets.SecretKeys;
import java.nio.file.Path;
import java.security.SecureRandom;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Leases and audit on disk, secrets encrypted. Opening it takes the file for this process alone, finds the keys and brings the
 * schema up to date; before that, {@link #leases} and {@link #audit} can be passed on but not used.
 */
public final class Store implements AutoCloseable {

    /** The store can't be used. The message is for the person who starts the process, and continues "the store ...". */
    public static final class Unusable extends Exception {
        private static final long serialVersionUID = 1L;

        Unusable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /** Ends a message about a file that can't be used. */
    public static final String OTHER_FILE =
            "\nSet LISTENKEYD_STORE_FILE to a file that this process may write, or, unless"
                    + " another process uses this one, put back a copy of it.";

    private record Opened(
            StoreFile file, SecretCipher cipher, @Nullable Reencryption reencryption) {}

    private final Path path;
    private final KeySource keys;
    private final DataSource dataSource;
    private final Runnable migration;
    private final SecureRandom random;
    private final StoreWriter writer;
    private volatile @Nullable Opened opened;

    /**
     * @param dataSource connects to the file
     * @param migration brings the file to the newest schema
     */
    public Store(Path path, KeySource keys, DataSource dataSource, Runnable migration, SecureRandom random) {
        this.path = path;
        this.keys = keys;
        this.dataSource = dataSource;
        this.migration = migration;
        this.random = random;
        this.writer = new StoreWriter(dataSource);
    }

    /**
     * Opens it. A file that is in use, of a newer version, or encrypted with a key that is not given stays as it is.
     *
     * @throws Unusable when it can't be opened
     */
    public void open() throws Unusable {
        StoreFile file;
        try {
            file = StoreFile.open(path);
        } catch (Unusable e) {
            throw new Unusable(e.getMessage() + OTHER_FILE, e);
        }
        try {
            opened = open(file);
        } finally {
            if (opened == null) {
                file.close();
            }
        }
    }

    private Opened open(StoreFile file) throws Unusable {
        SecretKeys used = findKeys();
        // Flyway takes its time: it runs only when there is something to do.
        if (file.schemaVersion() < StoreFile.SCHEMA_VERSION) {
            try {
                migration.run();
            } catch (RuntimeException e) {
                throw new Unusable("can't be brought up to date: " + e.getMessage() + OTHER_FILE, e);
            }
        }
        SecretCipher cipher = new SecretCipher(used, random);
        Reencryption reencryption = used.count() > 1 ? new Reencryption(dataSource, writer, cipher) : null;
        return new Opened(file, cipher, reencryption);
    }

    private SecretKeys findKeys() throws Unusable {
        try {
            SecretKeys found = keys.find();
            SecretInventory.check(path, found);
            return found == null ? keys.create() : found;
        } catch (Unusable e) {
            throw new Unusable(e.getMessage() + "\nNothing was changed. " + keys.remedy(), e);
        } catch (IllegalArgumentException e) {
            throw new Unusable(String.valueOf(e.getMessage()), e);
        }
    }

    public boolean isOpen() {
        return opened != null;
    }

    public LeaseStore leases() {
        return new SqliteLeaseStore(dataSource, writer, () -> opened().cipher());
    }

    public EventStore events() {
        return new EventTable(dataSource, writer);
    }

    public AuditStore audit() {
        return new SqliteAuditStore(dataSource, writer);
    }

    /** Moves secrets under older keys to the first key; null when there is one key only. */
    public @Nullable Reencryption reencryption() {
        return opened().reencryption();
    }

    private Opened opened() {
        Opened now = opened;
        if (now == null) {
            throw new IllegalStateException("the store is not open");
        }
        return now;
    }

    /** Lets other processes open the file. */
    @Override
    public void close() {
        Opened last = opened;
        if (last != null) {
            opened = null;
            last.file().close();
        }
    }
}
