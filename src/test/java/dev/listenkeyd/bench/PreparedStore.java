package dev.listenkeyd.bench;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.store.BlockingStore;
import dev.listenkeyd.store.StoreFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * A store with many leases, written by the code of the store and not by as many registrations.
 *
 * @param leases how many
 * @param lastSuccess of the lease of this number
 * @param gap from there to its next attempt
 * @param ttl from there to its deadline
 */
public record PreparedStore(int leases, IntFunction<Instant> lastSuccess, Duration gap, Duration ttl) {

    public static String account(int number) {
        return String.format(Locale.ROOT, "desk-%06d", number);
    }

    public static String apiKey(String account) {
        return "bench-" + account;
    }

    public Instant due(int number) {
        return lastSuccess.apply(number).plus(gap);
    }

    /** Returns the file. */
    public Path write(Path folder) throws IOException, SQLException {
        Files.createDirectories(folder);
        try (StoreFolder store = new StoreFolder(folder).migrate()) {
            BlockingStore rows = new BlockingStore(store.connectInHaste(), StoreFolder.cipher(StoreFolder.KEY));
            rows.putAll(IntStream.range(0, leases).mapToObj(this::lease).toList());
            return store.file();
        }
    }

    private Lease lease(int number) {
        Secret apiKey = new Secret(apiKey(account(number)));
        Instant success = lastSuccess.apply(number);
        Registration registration = new Registration(account(number), apiKey, OnLoss.RECREATE, "bot", success);
        ListenKey key = new ListenKey(
                new Secret(LightExchange.listenKey(apiKey.reveal())), success, success, success.plus(ttl));
        return new Lease(registration, 1, key, new Active(due(number)), null, null, 1);
    }
}
