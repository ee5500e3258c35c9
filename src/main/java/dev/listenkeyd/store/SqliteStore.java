package dev.listenkeyd.store;

import dev.listenkeyd.audit.AuditStore;
import dev.listenkeyd.fleet.FleetStore;
import dev.listenkeyd.lease.EventStore;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.secrets.KeySource;
import dev.listenkeyd.secrets.SecretCipher;
import dev.listenkeyd.secrets.SecretKeys;
import dev.listenkeyd.store.Database.Engine;
import java.nio.file.Path;
import java.security.SecureRandom;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A store in one SQLite file. Opening it takes the file for this process alone, finds the keys and brings the schema up to date.
 */
public final class SqliteStore implements Store {
    private static final String OTHER_FILE =
            "\nSet LISTENKEYD_STORE_FILE to a file that this process may write, or, unless"
                    + " another process uses this one, put back a copy of it.";

    private record Opened(
            StoreFile file, SecretCipher cipher, @Nullable Reencryption reencryption) {}

    private final Path path;
    private final KeySource keys;
    private final Runnable migration;
    private final SecureRandom random;
    private final Database database;
    private volatile @Nullable Opened opened;

    /**
     * @param dataSource connects to the file
     * @param migration brings the file to the newest schema
     */
    public SqliteStore(Path path, KeySource keys, DataSource dataSource, Runnable migration, SecureRandom random) {
        this.path = path;
        this.keys = keys;
        this.migration = migration;
        this.random = random;
        this.database = new Database(Engine.SQLITE, dataSource);
    }

    /** A file that is in use, of a newer version, or encrypted with a key that is not given stays as it is. */
    @Override
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
        Reencryption reencryption = used.count() > 1 ? new Reencryption(database, cipher) : null;
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

    @Override
    public String name() {
        return path.toString();
    }

    @Override
    public String remedy() {
        return OTHER_FILE;
    }

    @Override
    public boolean isOpen() {
        return opened != null;
    }

    @Override
    public LeaseStore leases() {
        return new SqliteLeaseStore(database, () -> opened().cipher());
    }

    @Override
    public EventStore events() {
        return new EventTable(database, null);
    }

    @Override
    public AuditStore audit() {
        return new AuditTable(database, null);
    }

    @Override
    public @Nullable FleetStore fleet() {
        return null;
    }

    @Override
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
