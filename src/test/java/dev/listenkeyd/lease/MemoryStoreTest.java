package dev.listenkeyd.lease;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.NullUnmarked;

@NullUnmarked
class MemoryStoreTest extends LeaseStoreContract {
    private final MemoryStore store = new MemoryStore();

    @Override
    protected LeaseStore store() {
        return store;
    }

    @Override
    protected void fail(boolean failing) {
        store.down = failing;
    }

    @Override
    protected void await(CompletionStage<?> write) {
        // It takes no time.
    }
}
