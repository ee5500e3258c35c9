package dev.listenkeyd.app;

import dev.listenkeyd.binance.stream.StreamClient;
import dev.listenkeyd.binance.stream.StreamWatch;
import dev.listenkeyd.config.Settings;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.WatchedStreams;
import dev.listenkeyd.registration.OnDemandRenewals;
import dev.listenkeyd.renewal.LeaseRegistry;
import io.quarkus.virtual.threads.VirtualThreads;
import io.vertx.core.Vertx;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The life of the stream watch. Unless it is on, nothing of it is made. */
@Singleton
final class StreamWatchLifecycle {
    private static final Duration TICK = Duration.ofMillis(100);

    private final @Nullable StreamWatch watch;
    private final @Nullable StreamClient client;

    StreamWatchLifecycle(
            Settings settings, Vertx vertx, EngineLeases leases, InstantSource clock, LongSupplier nanoTime) {
        StreamWatch.Scope scope = settings.streamWatch();
        Settings.Exchange exchange = settings.exchange();
        client = scope.isEmpty()
                ? null
                : new StreamClient(
                        vertx,
                        exchange.streamUrl(),
                        exchange.connectTimeout(),
                        exchange.callTimeout(),
                        exchange.sourceAddress());
        watch = client == null
                ? null
                : StreamWatch.create(
                        scope,
                        leases,
                        client,
                        settings.policy().retryMin(),
                        new StreamWatch.Time(
                                clock,
                                nanoTime,
                                () -> ThreadLocalRandom.current().nextDouble()));
    }

    @Produces
    @Singleton
    WatchedStreams streams() {
        return watch == null ? account -> null : watch;
    }

    void start(Heartbeat heartbeat) {
        if (watch != null) {
            heartbeat.every(TICK, "stream watch", watch::tick);
        }
    }

    void stop() {
        if (watch != null && client != null) {
            watch.close();
            client.close();
        }
    }

    /** The leases of this process. Questions leave the thread of the socket, since the engine may begin other calls on the way. */
    @Singleton
    static final class EngineLeases implements StreamWatch.Leases {
        private final LeaseRegistry registry;
        private final OnDemandRenewals renewals;
        private final ExecutorService executor;

        EngineLeases(LeaseRegistry registry, OnDemandRenewals renewals, @VirtualThreads ExecutorService executor) {
            this.registry = registry;
            this.renewals = renewals;
            this.executor = executor;
        }

        @Override
        public Collection<Lease> all() {
            return registry.all();
        }

        @Override
        public @Nullable Lease find(String account) {
            return registry.find(account);
        }

        @Override
        public CompletionStage<Boolean> ask(Lease lease) {
            try {
                return CompletableFuture.supplyAsync(() -> renewals.ask(lease), executor)
                        .thenCompose(Function.identity());
            } catch (RejectedExecutionException stopping) {
                return CompletableFuture.completedFuture(false);
            }
        }
    }
}
