package dev.listenkeyd.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.lease.ChangeRecords;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Lost;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.store.Database.Engine;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract of every store, and what is SQLite's own. */
@NullUnmarked
class SqliteLeaseStoreTest extends StoredLeaseContract {
    @TempDir
    private Path path;

    private StoreFolder folder;
    private LeaseStore leases;
    private BlockingStore store;

    @Override
    void openStore() throws Exception {
        folder = new StoreFolder(path).migrate();
        leases = new SqliteLeaseStore(new Database(Engine.SQLITE, folder.connect()), () -> CIPHER);
        store = new BlockingStore(leases);
    }

    @AfterEach
    void close() {
        folder.close();
    }

    @Override
    protected LeaseStore store() {
        return leases;
    }

    @Override
    protected void fail(boolean failing) throws Exception {
        execute("PRAGMA query_only = " + failing);
    }

    @Override
    void execute(String sql) throws Exception {
        folder.execute(sql);
    }

    @Override
    String query(String sql) throws Exception {
        return folder.query(sql);
    }

    @Override
    void dropChecks() throws Exception {
        execute("PRAGMA ignore_check_constraints = ON");
    }

    @Override
    void dropLeases() throws Exception {
        execute("DROP TABLE lease");
    }

    @Override
    String bytes(String hex) {
        return "x'" + hex + "'";
    }

    @Override
    String hex(String column) {
        return "hex(" + column + ")";
    }

    @Test
    void theNextProcessReadsTheLeases() throws SQLException {
        store.put(named("main"));

        assertThat(new BlockingStore(folder.connect(), CIPHER).live()).containsExactly(named("main"));
    }

    @Test
    void aFullDiskIsReportedAndOnceThereIsRoomItGoesOn() throws SQLException {
        store.put(named("main"));
        Lease large = lease(new Active(at(1)), CONFIRMED, failure(503, -1001, "x".repeat(100_000)), null);
        // The least that SQLite takes: the pages that are there.
        folder.query("PRAGMA max_page_count = 1");

        assertThatThrownBy(() -> store.put(large))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("can't be written")
                .hasMessageContaining("SQLITE_FULL");
        assertThat(store.live()).containsExactly(named("main"));

        folder.query("PRAGMA max_page_count = 1000000");
        store.put(large);

        assertThat(store.live()).containsExactly(large);
    }

    @Test
    void aLossIsNotWrittenWithoutItsLease() throws SQLException {
        Lease large = lease(new Lost(at(1)), CONFIRMED, failure(503, -1001, "x".repeat(100_000)), loss(null));
        // Enough for the loss alone.
        folder.query("PRAGMA max_page_count = 1");

        Throwable failure = BlockingStore.ended(leases.put(large, new ChangeRecords(List.of(loss(null)), List.of())));

        assertThat(failure).isInstanceOf(StoreException.class).hasMessageContaining("SQLITE_FULL");
        assertThat(leases.losses("main", 0, 10)).isEmpty();
    }
}
