package dev.listenkeyd.store;

import dev.listenkeyd.approval.ApprovalStore;
import dev.listenkeyd.audit.AuditChains;
import dev.listenkeyd.audit.AuditStore;
import dev.listenkeyd.fleet.FleetStore;
import dev.listenkeyd.lease.EventStore;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.policy.SharedCounters;
import dev.listenkeyd.secrets.SecretCipher;
import dev.listenkeyd.secrets.SecretKeys;
import dev.listenkeyd.store.Database.Engine;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A store in a PostgreSQL database that several replicas share, as one of them sees it. Opening it checks that the database can
 * be used and that the key is that of the others, and brings the schema up to date. Single leases that can't be read stop nothing.
 */
public final class PostgresStore implements Store {
    private static final String REMEDY =
            "\nSet LISTENKEYD_STORE_URL, LISTENKEYD_STORE_USER and LISTENKEYD_STORE_PASSWORD"
                    + " (or _PASSWORD_FILE) to a database that this process may write.";

    private static final String OTHER_KEY = "\nNothing was changed. Set LISTENKEYD_SECRETS_KEY or"
            + " LISTENKEYD_SECRETS_KEY_FILE to the key of the other replicas; a new one may stand before it, comma between"
            + " them.";

    private final String name;
    private final SecretKeys keys;
    private final Runnable migration;
    private final Identity identity;
    private final Database database;
    private final SecretCipher cipher;
    private final FleetStore fleet;
    private volatile boolean open;

    /**
     * @param name host and database, for messages
     * @param dataSource connects to the database
     * @param migration brings the database to the newest schema; waits while another process does so
     */
    public PostgresStore(
            String name,
            SecretKeys keys,
            DataSource dataSource,
            Runnable migration,
            SecureRandom random,
            Identity identity) {
        this.name = name;
        this.keys = keys;
        this.migration = migration;
        this.identity = identity;
        this.database = new Database(Engine.POSTGRESQL, dataSource);
        this.cipher = new SecretCipher(keys, random);
        this.fleet = new PostgresFleetStore(database, this::cipher, identity);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String remedy() {
        return REMEDY;
    }

    @Override
    public void open() throws Unusable {
        try {
            int version = database.each(PostgresSchema::check);
            if (version > 0) {
                database.each(this::checkKey);
            }
            if (version < PostgresSchema.VERSION) {
                migrate();
            }
            database.writer().write(PostgresSchema::adaptToCluster);
            database.writer().write(connection -> KeyCheck.add(connection, cipher));
            database.each(this::checkKey);
            open = true;
        } catch (SQLException e) {
            throw new Unusable("can't be used: " + e.getMessage() + REMEDY, e);
        } catch (PostgresSchema.Unfit e) {
            throw new Unusable(e.getMessage() + REMEDY, e);
        } catch (IllegalArgumentException e) {
            throw new Unusable(e.getMessage() + OTHER_KEY, e);
        }
    }

    private void migrate() throws Unusable {
        try {
            migration.run();
        } catch (RuntimeException e) {
            throw new Unusable("can't be brought up to date: " + e.getMessage() + REMEDY, e);
        }
    }

    /**
     * Copies a store of one SQLite file here, which must be open. The file is only read; no daemon may use it.
     *
     * @throws Unusable when that can't be done; then nothing was copied
     */
    public StoreCopy.Copied copyFrom(Path file) throws Unusable {
        try {
            return database.transact(connection -> {
                try {
                    return new StoreCopy(connection, identity.replica()).from(file, keys);
                } catch (Unusable e) {
                    throw new SQLException(e.getMessage(), e);
                }
            });
        } catch (StoreCopy.Conflict e) {
            throw new Unusable(String.valueOf(e.getMessage()), e);
        } catch (SQLException e) {
            if (e.getCause() instanceof Unusable unusable) {
                throw unusable;
            }
            throw new Unusable("the database " + name + " can't be filled: " + e.getMessage(), e);
        }
    }

    private boolean checkKey(Connection connection) throws SQLException {
        KeyCheck.check(connection, cipher);
        return true;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    private SecretCipher cipher() {
        if (!open) {
            throw new IllegalStateException("the store is not open");
        }
        return cipher;
    }

    @Override
    public LeaseStore leases() {
        return new PostgresLeaseStore(database, this::cipher, identity);
    }

    @Override
    public EventStore events() {
        return new EventTable(database, identity.id());
    }

    @Override
    public AuditStore audit() {
        return new AuditTable(database, identity.replica());
    }

    @Override
    public AuditChains auditChains() {
        return new AuditChainTable(database, identity.replica());
    }

    @Override
    public FleetStore fleet() {
        return fleet;
    }

    @Override
    public ApprovalStore approvals() {
        return new ApprovalTable(database, identity.id());
    }

    @Override
    public SharedCounters counters() {
        return new QuotaTable(database);
    }

    @Override
    public @Nullable Reencryption reencryption() {
        return keys.count() > 1 ? new Reencryption(database, cipher()) : null;
    }

    /** The connections belong to the data source. */
    @Override
    public void close() {
        open = false;
    }
}
