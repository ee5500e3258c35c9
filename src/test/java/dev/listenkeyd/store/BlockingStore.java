package dev.listenkeyd.store;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.secrets.SecretCipher;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The SQLite store for tests that go step by step: each write has ended when its method returns. */
public final class BlockingStore {
    private final SqliteLeaseStore store;

    public BlockingStore(DataSource dataSource, SecretCipher cipher) {
        store = new SqliteLeaseStore(dataSource, new StoreWriter(dataSource), () -> cipher);
    }

    public void put(Lease lease) {
        await(store.put(lease));
    }

    /** In as few transactions as possible. */
    public void putAll(List<Lease> leases) {
        leases.stream().map(store::put).toList().forEach(BlockingStore::await);
    }

    void delete(Lease lease) {
        await(store.delete(lease.account()));
    }

    void savePause(Pause pause) {
        await(store.savePause(pause));
    }

    public List<Lease> live() {
        return store.live();
    }

    @Nullable
    Pause pause() {
        return store.pause();
    }

    private static void await(CompletionStage<Void> write) {
        try {
            write.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof StoreException failed) {
                throw failed;
            }
            throw e;
        }
    }
}
