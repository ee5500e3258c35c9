package dev.listenkeyd.lease;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A store that holds what it was given, for tests that only read. */
public record StoredLeases(List<Lease> live) implements LeaseStore {
    @Override
    public CompletionStage<Boolean> put(Lease lease, ChangeRecords records) {
        return CompletableFuture.completedFuture(true);
    }

    @Override
    public CompletionStage<Void> delete(String account, ChangeRecords records) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<Void> saveRecords(String account, ChangeRecords records) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public List<Loss> losses(String account, long after, int most) {
        return List.of();
    }

    @Override
    public CompletionStage<Void> saveFleet(@Nullable Pause pause, List<Delivery> deliveries) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public List<Delivery> deliveries() {
        return List.of();
    }

    @Override
    public @Nullable Pause pause() {
        return null;
    }
}
