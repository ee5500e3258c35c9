package dev.listenkeyd.notify;

import static dev.listenkeyd.lease.Given.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.budget.Budget;
import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.forecast.Forecast;
import dev.listenkeyd.lease.AccountPause;
import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.FeedEvent.LeaseFacts;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Lost;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.MemoryStore;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.lease.VirtualClock;
import dev.listenkeyd.notify.Follower.Changed;
import dev.listenkeyd.notify.Follower.Item;
import dev.listenkeyd.notify.Follower.Overrun;
import dev.listenkeyd.notify.Follower.State;
import dev.listenkeyd.notify.Follower.Synced;
import dev.listenkeyd.renewal.LeaseRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever happens while subscribers come and go: once in sync, what they believe is what is. */
@NullUnmarked
@Execution(ExecutionMode.CONCURRENT)
class FollowerTest {
    private static final int STEPS = 20_000;
    private static final int ACCOUNTS = 8;
    private static final int FOLLOWERS = 5;

    private final VirtualClock clock = new VirtualClock();
    private final MemoryStore store = new MemoryStore();
    private final MemoryEventStore events = new MemoryEventStore();
    private LeaseRegistry registry;
    private EventFeed feed;
    private Random dice;

    /** A subscriber: what it believes, and how far it has come. */
    private final class Consumer {
        /** By account, see {@link #seen}. */
        final Map<String, String> believed = new HashMap<>();

        private final Set<String> listed = new HashSet<>();
        private Follower follower;
        private Long lastEvent;
        private boolean inSync;
        /** Numbers of what happened while it was away, and was not told yet. */
        private final Set<Long> missed = new HashSet<>();

        /** Half of the times it has forgotten where it was. */
        void connect() {
            lastEvent = dice.nextBoolean() ? lastEvent : null;
            listed.clear();
            missed.clear();
            missed.addAll(keptSince(lastEvent));
            inSync = false;
            follower = new Follower(feed, event -> true, () -> {}, lastEvent, () -> registry.all().stream());
        }

        private Set<Long> keptSince(Long seq) {
            if (seq == null || events.rows.isEmpty() || seq < events.rows.get(0).seq()) {
                return Set.of();
            }
            return events.rows.stream()
                    .map(FeedEvent::seq)
                    .filter(row -> row > seq)
                    .collect(Collectors.toSet());
        }

        void disconnect() {
            if (follower != null) {
                follower.close();
                follower = null;
            }
        }

        /** Reads at most so many items. */
        void read(int most) {
            for (int i = 0; i < most && follower != null; i++) {
                Item item = follower.next();
                if (item == null) {
                    return;
                }
                take(item);
            }
        }

        private void take(Item item) {
            if (item instanceof State state) {
                listed.add(state.lease().account());
                believed.put(state.lease().account(), seen(state.lease()));
            } else if (item instanceof Synced synced) {
                inSync = true;
                assertThat(synced.seq()).isGreaterThanOrEqualTo(lastEvent == null ? 0 : lastEvent);
                lastEvent = synced.seq();
                assertThat(missed).isEmpty();
                if (!synced.resumed()) {
                    believed.keySet().retainAll(listed);
                }
            } else if (item instanceof Changed changed) {
                take(changed.event());
            } else if (item instanceof Overrun) {
                lastEvent = null;
                disconnect();
            }
        }

        private void take(FeedEvent event) {
            lastEvent = event.seq();
            missed.remove(event.seq());
            LeaseFacts lease = event.lease();
            if (event.type() == EventType.RELEASED) {
                believed.remove(lease.account());
            } else if (lease != null) {
                boolean paused = lease.status().equals("PAUSED");
                believed.put(lease.account(), seen(lease.generation(), lease.expiresAt() != null, paused));
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void onceInSyncASubscriberKnowsTheTruth(long seed) {
        dice = new Random(seed);
        start();
        Consumer[] consumers = new Consumer[FOLLOWERS];
        for (int i = 0; i < FOLLOWERS; i++) {
            consumers[i] = new Consumer();
        }
        int checked = 0;
        for (int step = 0; step < STEPS; step++) {
            clock.advance(Duration.ofMillis(dice.nextInt(1000)));
            happen();
            Consumer consumer = consumers[dice.nextInt(FOLLOWERS)];
            switch (dice.nextInt(20)) {
                case 0 -> consumer.disconnect();
                case 1, 2 -> {
                    consumer.disconnect();
                    consumer.connect();
                }
                case 3 -> {
                    if (dice.nextInt(100) == 0) {
                        for (Consumer each : consumers) {
                            each.disconnect();
                        }
                        start();
                    }
                }
                case 4 -> consumer.read(Integer.MAX_VALUE);
                default -> consumer.read(dice.nextInt(3));
            }
            if (consumer.follower != null && dice.nextInt(10) == 0) {
                consumer.read(Integer.MAX_VALUE);
                assertThat(consumer.inSync).isTrue();
                assertThat(new TreeMap<>(consumer.believed)).as("step %d", step).isEqualTo(truth());
                checked++;
            }
        }
        assertThat(checked).isGreaterThan(100);
    }

    @Test
    void aLeaseThatEndsRightAfterItWasToldIsTakenBack() {
        dice = new Random(0);
        start();
        register("main");
        Follower follower = new Follower(feed, event -> true, () -> {}, null, () -> registry.all().stream());
        assertThat(follower.next()).isInstanceOf(State.class);

        registry.remove(registry.find("main")).toCompletableFuture().join();

        assertThat(follower.next())
                .isInstanceOfSatisfying(
                        Synced.class, synced -> assertThat(synced.resumed()).isFalse());
        assertThat(follower.next())
                .isInstanceOfSatisfying(
                        Changed.class,
                        changed -> assertThat(changed.event().type()).isEqualTo(EventType.RELEASED));
    }

    @Test
    void whoHasSeenNoChangeYetGoesOnFromWhereItWasInSync() {
        dice = new Random(0);
        start();
        long nothingHappenedYet = syncedFrom(null, false);
        register("main");
        long inSync = syncedFrom(nothingHappenedYet, true, EventType.REGISTERED);
        registry.change(registry.find("main"), FollowerTest::lost);
        registry.change(registry.find("main"), FollowerTest::withAnotherKey);

        syncedFrom(inSync, true, EventType.LOST, EventType.KEY);

        clock.advance(Duration.ofSeconds(1));
        start();
        long restarted = syncedFrom(inSync, false, EventType.LOST, EventType.KEY);
        assertThat(restarted).isGreaterThan(inSync);
        registry.change(registry.find("main"), FollowerTest::lost);
        syncedFrom(restarted, true, EventType.LOST);
    }

    /** Begins a follower; asserts what it is told of changes. */
    private long syncedFrom(Long lastEvent, boolean resumed, EventType... told) {
        List<EventType> types = new ArrayList<>();
        Follower follower = new Follower(feed, event -> true, () -> {}, lastEvent, () -> registry.all().stream());
        for (Item item = follower.next(); ; item = follower.next()) {
            if (item instanceof Changed changed) {
                types.add(changed.event().type());
            } else if (item instanceof Synced synced) {
                follower.close();
                assertThat(types).containsExactly(told);
                assertThat(synced.resumed()).isEqualTo(resumed);
                return synced.seq();
            }
        }
    }

    private void register(String account) {
        // As in the daemon, versions go on from those of an earlier registration.
        Lease lease = Given.in(account, new Active(at(1e9)), OnLoss.RECREATE, at(2e9));
        registry.insert(lease.withVersion(clock.instant().toEpochMilli()), 1000)
                .toCompletableFuture()
                .join();
    }

    /** A process, the first or one after a crash: some of the last events are not on disk, as the leases are. */
    private void start() {
        ExchangeGate gate = new ExchangeGate(new Budget(200, Duration.ofMinutes(1), 0.2), clock, clock);
        feed = new EventFeed(events, clock, type -> {});
        feed.restore();
        LeaseEvents publisher = new LeaseEvents(
                feed,
                new ChangeWaiters(Runnable::run),
                RecordingSender.noWebhooks(),
                new Forecast(Given.POLICY),
                gate,
                clock);
        registry = new LeaseRegistry(store, clock, clock, publisher::observe);
        registry.restore();
        events.failing = false;
    }

    private void happen() {
        String account = "a" + dice.nextInt(ACCOUNTS);
        Lease lease = registry.find(account);
        events.failing = dice.nextInt(4) == 0;
        if (lease == null) {
            register(account);
            return;
        }
        switch (dice.nextInt(8)) {
            case 0 -> registry.remove(lease).toCompletableFuture().join();
            case 1 -> registry.change(lease, FollowerTest::lost);
            case 2 ->
                registry.change(
                        lease,
                        now -> now.withRegistration(now.registration().withHolder("bot-" + dice.nextInt(3), "bot")));
            case 3 -> registry.change(lease, this::pausedOrResumed);
            default -> registry.change(lease, now -> withAnotherKey(now));
        }
    }

    private static Lease lost(Lease lease) {
        long seq = lease.version() + 1;
        Loss loss = new Loss(seq, LossCause.CLOSED_ELSEWHERE, at(0), at(1), null, "key-" + seq, null);
        return lease.isLost() ? lease : underPause(lease, lease.withLoss(new Lost(at(1)), loss));
    }

    private static Lease withAnotherKey(Lease lease) {
        ListenKey key = new ListenKey(new Secret("key-" + lease.version()), at(1), at(1), at(2e9));
        return underPause(lease, lease.withKey(lease.generation() + 1, key, new Active(at(1e9)), lease.lastLoss()));
    }

    private static Lease underPause(Lease before, Lease after) {
        return before.pause() == null ? after : after.withPause(before.pause());
    }

    private Lease pausedOrResumed(Lease lease) {
        Instant now = clock.instant();
        return lease.pause() == null || dice.nextInt(3) == 0
                ? lease.withPause(new AccountPause(now, now.plusSeconds(dice.nextInt(100)), "maintenance"))
                : lease.resumed(now);
    }

    private Map<String, String> truth() {
        Map<String, String> truth = new TreeMap<>();
        registry.all().forEach(lease -> truth.put(lease.account(), seen(lease)));
        return truth;
    }

    private static String seen(Lease lease) {
        return seen(lease.generation(), lease.isLive(), lease.pause() != null);
    }

    private static String seen(int generation, boolean live, boolean paused) {
        return generation + (live ? " live" : " lost") + (paused ? " paused" : "");
    }
}
