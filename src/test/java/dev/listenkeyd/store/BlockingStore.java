package dev.listenkeyd.store;

import dev.listenkeyd.lease.ChangeRecords;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.secrets.SecretCipher;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A store for tests that go step by step: each write has ended when its method returns. */
public final class BlockingStore {
    private final LeaseStore store;

    public BlockingStore(DataSource dataSource, SecretCipher cipher) {
        this(new SqliteLeaseStore(new Database(Database.Engine.SQLITE, dataSource), () -> cipher));
    }

    BlockingStore(LeaseStore store) {
        this.store = store;
    }

    public void put(Lease lease) {
        await(store.put(lease, ChangeRecords.NONE));
    }

    /** In as few transactions as possible. */
    public void putAll(List<Lease> leases) {
        leases.stream()
                .map(lease -> store.put(lease, ChangeRecords.NONE))
                .toList()
                .forEach(BlockingStore::await);
    }

    void delete(Lease lease) {
        await(store.delete(lease.account(), ChangeRecords.NONE));
    }

    public List<Lease> live() {
        return store.live();
    }

    private static void await(CompletionStage<?> write) {
        if (ended(write) instanceof StoreException failed) {
            throw failed;
        }
    }

    /** Waits for the end of the write; returns what it failed with. */
    static @Nullable Throwable ended(CompletionStage<?> write) {
        return write.toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .handle((done, failure) -> failure == null ? null : failure.getCause())
                .join();
    }
}
