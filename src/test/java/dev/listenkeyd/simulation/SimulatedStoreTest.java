package dev.listenkeyd.simulation;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.ChangeRecords;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.lease.LeaseStoreContract;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@NullUnmarked
class SimulatedStoreTest extends LeaseStoreContract {
    private final Simulation world = new Simulation(SimulationSetup.of(1, 1));
    private final LeaseStore store = world.store.of(world.process);

    @AfterEach
    void close() {
        world.close();
    }

    @Override
    protected LeaseStore store() {
        return store;
    }

    @Override
    protected void fail(boolean failing) {
        world.store.down = failing;
    }

    @Override
    protected void await(CompletionStage<?> write) {
        world.runFor(ofSeconds(1));
        assertThat(write.toCompletableFuture()).isDone();
    }

    @Test
    void noWriteEndsWhileItHangs() {
        world.store.hangsUntil = 60_000;
        CompletionStage<Void> write = store.delete("main", ChangeRecords.NONE);

        world.runFor(ofSeconds(59));
        assertThat(write.toCompletableFuture()).isNotDone();
        world.runFor(ofSeconds(2));
        assertThat(write.toCompletableFuture()).isCompleted();
    }
}
