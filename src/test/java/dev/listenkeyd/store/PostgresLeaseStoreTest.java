package dev.listenkeyd.store;

import dev.listenkeyd.fleet.FleetStore;
import dev.listenkeyd.lease.ChangeRecords;
import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.Pause;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract of every store, kept by a member that claims what it writes. */
@NullUnmarked
class PostgresLeaseStoreTest extends StoredLeaseContract {
    private static PostgresDatabase database;
    private static boolean damaged;

    private LeaseStore leases;

    @BeforeAll
    static void start() {
        database = PostgresDatabase.migrated();
    }

    @AfterAll
    static void stop() {
        database.close();
    }

    @Override
    void openStore() throws Exception {
        database.close();
        if (damaged) {
            database = PostgresDatabase.migrated();
            damaged = false;
        }
        database.clear();
        PostgresStore store = database.open("me");
        store.fleet().beat(0, 1);
        leases = new Claiming(store.leases(), store.fleet());
    }

    @Override
    protected boolean isShared() {
        return true;
    }

    @Override
    protected LeaseStore store() {
        return leases;
    }

    @Override
    protected void fail(boolean failing) {
        database.readOnly(failing);
    }

    @Override
    void execute(String sql) {
        database.execute(sql);
    }

    @Override
    String query(String sql) {
        return database.query(sql);
    }

    @Override
    void dropChecks() {
        damaged = true;
        execute("ALTER TABLE lease DROP CONSTRAINT lease_state_check, DROP CONSTRAINT lease_on_loss_check");
    }

    @Override
    void dropLeases() {
        damaged = true;
        execute("ALTER TABLE lease RENAME TO elsewhere");
    }

    @Override
    String bytes(String hex) {
        return "'\\\\x" + hex + "'";
    }

    @Override
    String hex(String column) {
        return "encode(" + column + ", 'hex')";
    }

    /** Claims each account before it writes its lease. */
    private record Claiming(LeaseStore leases, FleetStore fleet) implements LeaseStore {
        @Override
        public CompletionStage<Boolean> put(Lease lease, ChangeRecords records) {
            try {
                fleet.claim(lease.account(), true);
            } catch (StoreException e) {
                return leases.put(lease, records);
            }
            return leases.put(lease, records);
        }

        @Override
        public CompletionStage<Void> saveRecords(String account, ChangeRecords records) {
            return leases.saveRecords(account, records);
        }

        @Override
        public CompletionStage<Void> delete(String account, ChangeRecords records) {
            return leases.delete(account, records);
        }

        @Override
        public CompletionStage<Void> saveFleet(@Nullable Pause pause, List<Delivery> deliveries) {
            return leases.saveFleet(pause, deliveries);
        }

        @Override
        public List<Lease> live() {
            return leases.live();
        }

        @Override
        public List<Loss> losses(String account, long after, int most) {
            return leases.losses(account, after, most);
        }

        @Override
        public List<Delivery> deliveries() {
            return leases.deliveries();
        }

        @Override
        public @Nullable Pause pause() {
            return leases.pause();
        }
    }
}
