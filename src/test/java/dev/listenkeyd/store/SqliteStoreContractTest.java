package dev.listenkeyd.store;

import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.lease.LeaseStoreContract;
import dev.listenkeyd.secrets.SecretCipher;
import java.nio.file.Path;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

@NullUnmarked
class SqliteStoreContractTest extends LeaseStoreContract {
    private static final SecretCipher CIPHER = StoreFolder.cipher(StoreFolder.KEY);

    @TempDir
    private Path path;

    private StoreFolder folder;
    private LeaseStore store;

    @BeforeEach
    void open() throws Exception {
        folder = new StoreFolder(path).migrate();
        DataSource dataSource = folder.connect();
        store = new SqliteLeaseStore(dataSource, new StoreWriter(dataSource), () -> CIPHER);
    }

    @AfterEach
    void close() {
        folder.close();
    }

    @Override
    protected LeaseStore store() {
        return store;
    }

    @Override
    protected void fail(boolean failing) throws Exception {
        folder.execute("PRAGMA query_only = " + failing);
    }

    @Override
    protected void await(CompletionStage<Void> write) {
        write.toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .handle((done, failure) -> null)
                .join();
    }
}
