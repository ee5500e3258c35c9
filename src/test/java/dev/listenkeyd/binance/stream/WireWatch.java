package dev.listenkeyd.binance.stream;

import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Secret;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/** A watch with one account, over real sockets, whose questions are answered at once and change nothing. */
final class WireWatch {
    final AtomicInteger questions = new AtomicInteger();
    final AtomicInteger messages = new AtomicInteger();
    final StreamWatch watch;

    WireWatch(StreamClient client, String key) {
        ListenKey held = new ListenKey(new Secret(key), Given.T0, Given.T0, Given.at(1_000_000));
        Lease lease = Lease.registered(Given.registration("main", OnLoss.RECREATE), null)
                .withKey(1, held, new Active(Given.at(1800)), null);
        StreamWatch.Leases leases = new StreamWatch.Leases() {
            @Override
            public Collection<Lease> all() {
                return List.of(lease);
            }

            @Override
            public Lease find(String account) {
                return lease;
            }

            @Override
            public CompletionStage<Boolean> ask(Lease asked) {
                questions.incrementAndGet();
                return CompletableFuture.completedFuture(true);
            }
        };
        watch = new StreamWatch(
                new StreamWatch.Scope(true, Set.of(), Set.of(), 1),
                leases,
                (secret, listener) -> client.connect(secret, counting(listener)),
                Duration.ofHours(1),
                new StreamWatch.Time(InstantSource.system(), System::nanoTime, () -> 0.5));
    }

    private StreamConnector.Listener counting(StreamConnector.Listener listener) {
        return new StreamConnector.Listener() {
            @Override
            public void opened() {
                listener.opened();
            }

            @Override
            public void message(String text) {
                listener.message(text);
                messages.incrementAndGet();
            }

            @Override
            public void ended(String why) {
                listener.ended(why);
            }
        };
    }
}
