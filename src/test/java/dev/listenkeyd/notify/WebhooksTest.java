package dev.listenkeyd.notify;

import static dev.listenkeyd.lease.Given.at;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.budget.Budget;
import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.forecast.Forecast;
import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.FleetEvent.ExchangeUnreachable;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.MemoryStore;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.lease.VirtualClock;
import dev.listenkeyd.notify.RecordingSender.Call;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.QueueingExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pending deliveries on disk, with the changes that caused them. */
@NullUnmarked
class WebhooksTest {
    private final VirtualClock clock = new VirtualClock();
    private MemoryStore store = new MemoryStore();
    private final MemoryEventStore events = new MemoryEventStore();
    private final QueueingExecutor executor = new QueueingExecutor();

    /** Each write of deliveries or their ends. */
    private final List<List<Delivery>> saved = new ArrayList<>();

    private RecordingSender sender;
    private LeaseRegistry registry;
    private LeaseEvents publisher;
    private Webhooks webhooks;

    @BeforeEach
    void begin() {
        start("pager");
    }

    @Test
    void aPendingDeliveryIsInTheTransactionOfItsChange() {
        register("main");
        List<Delivery> before = new ArrayList<>();
        store.meanwhile = () -> before.addAll(store.deliveries());

        rotate("main");

        // One write has made both.
        assertThat(before).isEmpty();
        assertThat(store.rows.get("main").generation()).isEqualTo(2);
        assertThat(pendingOnDisk()).containsExactly("pager KEY");
    }

    @Test
    void aDeliveryThatWasAcceptedLeavesTheDisk() {
        register("main");
        rotate("main");
        executor.runAll();
        assertThat(sender.calls).hasSize(1);

        answer(204);

        assertThat(pendingOnDisk()).isEmpty();
        assertThat(registry.unwritten()).isZero();
        clock.advance(Duration.ofHours(1));
        webhooks.tick();
        assertThat(sender.calls).hasSize(1);
    }

    @Test
    void aRefusedDeliveryStaysAndIsSentAgain() {
        register("main");
        rotate("main");
        executor.runAll();
        answer(500);
        assertThat(pendingOnDisk()).containsExactly("pager KEY");

        clock.advance(ofSeconds(5));
        webhooks.tick();

        assertThat(sender.calls).hasSize(2);
        assertThat(sender.calls.get(1).event()).isEqualTo(sender.calls.get(0).event());
    }

    /** The disk fails: this is what a person waits for, so it is sent all the same. */
    @Test
    void anEventIsDeliveredWhileTheDiskHangsAndItsRowDoesNotStayBehind() {
        register("main");
        store.hanging = true;
        rotate("main");
        executor.runAll();
        answer(204);

        store.release();

        assertThat(store.rows.get("main").generation()).isEqualTo(2);
        assertThat(pendingOnDisk()).isEmpty();
    }

    @Test
    void eachWebhookHasItsOwnRows() {
        start("pager", "chat");
        register("main");
        rotate("main");
        executor.runAll();
        Call toChat = sender.calls.stream()
                .filter(call -> call.webhook().equals("chat"))
                .findFirst()
                .orElseThrow();

        toChat.answer(200);
        executor.runAll();

        assertThat(pendingOnDisk()).containsExactly("pager KEY");
    }

    @Test
    void anEventThatConcernsAllLeasesIsOnDiskToo() {
        publisher.observe(new ExchangeUnreachable(3));
        assertThat(pendingOnDisk()).containsExactly("pager EXCHANGE_UNREACHABLE");
        executor.runAll();

        answer(202);

        assertThat(pendingOnDisk()).isEmpty();
    }

    @Test
    void whatTimeBringsAboutIsOnDiskToo() {
        register("main");
        clock.advance(Duration.ofMinutes(59).plusSeconds(58));

        publisher.poll(registry.all(), registry::withLease);

        assertThat(pendingOnDisk()).containsExactly("pager AT_RISK");
    }

    /** Also the rows of a lease that has ended. */
    @Test
    void theNextProcessSendsWhatIsPendingInOrder() {
        register("main");
        rotate("main");
        rotate("main");
        registry.remove(registry.find("main")).toCompletableFuture().join();
        executor.runAll();
        List<Long> sent = pending();
        assertThat(sent).hasSize(2);

        start("pager");
        webhooks.tick();
        assertThat(sender.calls).hasSize(1);
        answer(204);
        answer(204);

        assertThat(sender.calls).extracting(Call::seq).isEqualTo(sent);
        assertThat(pendingOnDisk()).isEmpty();
        assertThat(store.rows).isEmpty();
    }

    @Test
    void theRowsOfAWebhookThatIsNoLongerConfiguredAreRemoved() {
        start("pager", "chat");
        register("main");
        rotate("main");

        start("chat");

        assertThat(pendingOnDisk()).containsExactly("chat KEY");
    }

    @Test
    void onlyTheTypesAndAccountsThatWereAskedForAreSent() {
        Webhook of = GivenWebhook.webhook("pager");
        Webhook some =
                new Webhook("pager", of.url(), of.key(), Set.of(EventType.KEY, EventType.GATE_CLOSED), Set.of("a"));

        assertThat(Stream.of(GivenWebhook.event(1, "a"), GivenWebhook.event(2, null))
                        .filter(some::wants))
                .extracting(event -> event.seq())
                .containsExactly(2L);
        register("main");
        assertThat(pendingOnDisk()).as("registered is no type of the default").isEmpty();
    }

    @Test
    void aDefectOfTheSenderIsAFailedAttempt() {
        register("main");
        sender.broken = true;
        rotate("main");
        executor.runAll();
        sender.broken = false;

        clock.advance(ofSeconds(5));
        webhooks.tick();

        assertThat(sender.calls).hasSize(1);
    }

    /** A kill at any instant, with a disk that hangs at times: each key that the disk knows was delivered, or still is pending. */
    @Test
    void aKillLosesNoDelivery() {
        int keys = 0;
        for (long seed = 0; seed < 300; seed++) {
            Random dice = new Random(seed);
            store = new MemoryStore();
            start("pager");
            Set<String> delivered = new HashSet<>();
            IntStream.range(0, 3).forEach(i -> register("a" + i));
            for (int step = dice.nextInt(40); step > 0; step--) {
                switch (dice.nextInt(5)) {
                    case 0 -> store.hanging = true;
                    case 1 -> store.release();
                    case 2 -> {
                        clock.advance(ofSeconds(dice.nextInt(20)));
                        webhooks.tick();
                    }
                    case 3 -> answerAll(dice, delivered);
                    default -> rotate("a" + dice.nextInt(3));
                }
                if (dice.nextBoolean()) {
                    executor.runAll();
                }
            }
            // Killed: what hangs is never written.
            Set<String> pending = new HashSet<>();
            store.deliveries().forEach(delivery -> pending.add(key(delivery.event())));
            for (Lease lease : store.rows.values()) {
                for (int generation = 2; generation <= lease.generation(); generation++) {
                    String key = lease.account() + "/" + generation;
                    assertThat(pending.contains(key) || delivered.contains(key))
                            .as("%s, seed %d", key, seed)
                            .isTrue();
                    keys++;
                }
            }
        }
        assertThat(keys).isGreaterThan(500);
    }

    private void answerAll(Random dice, Set<String> delivered) {
        for (Call call : List.copyOf(sender.calls)) {
            if (!call.answer().isDone()) {
                boolean accepted = dice.nextBoolean();
                if (accepted) {
                    delivered.add(key(call.event()));
                }
                call.answer(accepted ? 204 : 500);
            }
        }
    }

    /** Another replica owns the lease now, and makes them. */
    @Test
    void deliveriesOfAnAccountThatWasGivenAwayAreMadeNoMore() {
        register("main");
        register("other");
        rotate("main");
        rotate("main");
        rotate("other");
        executor.runAll();
        int made = sender.calls.size();

        webhooks.drop("main");
        sender.calls.get(0).answer(200);
        executor.runAll();
        webhooks.tick();
        executor.runAll();

        assertThat(sender.calls).hasSize(made);
        assertThat(webhooks.queues().get(0).pending()).isEqualTo(1);
    }

    /** A kill between two writes would lose the second webhook's event. */
    @Test
    void theDeliveriesOfAllWebhooksAreWrittenTogether() {
        start("pager", "chat");
        register("main");
        saved.clear();

        rotate("main");

        assertThat(saved).hasSize(1);
        assertThat(saved.get(0)).extracting(Delivery::webhook).containsExactly("pager", "chat");
    }

    private static String key(FeedEvent event) {
        return event.account() + "/" + event.lease().generation();
    }

    private void save(List<Delivery> deliveries) {
        saved.add(deliveries);
        registry.save(deliveries);
    }

    /** A process, the first or one after a kill. */
    private void start(String... names) {
        sender = new RecordingSender();
        ExchangeGate gate = new ExchangeGate(new Budget(200, Duration.ofMinutes(1), 0.2), clock, clock);
        EventFeed feed = new EventFeed(events, clock, type -> {});
        feed.restore();
        webhooks = new Webhooks(
                Stream.of(names)
                        .map(name -> new WebhookQueue(GivenWebhook.webhook(name), clock, clock, new NoObserver()))
                        .toList(),
                this::save,
                sender,
                executor);
        ChangeWaiters waiters = new ChangeWaiters(Runnable::run);
        publisher = new LeaseEvents(feed, waiters, webhooks, new Forecast(Given.POLICY), gate, clock);
        registry = new LeaseRegistry(store, clock, clock, publisher::observe);
        registry.restore();
        webhooks.restore(store.deliveries());
    }

    private void register(String account) {
        Lease lease = Given.in(account, new Active(at(1800)), OnLoss.RECREATE, at(3600));
        registry.insert(lease.withVersion(clock.instant().toEpochMilli()), 1000)
                .toCompletableFuture()
                .join();
    }

    private void rotate(String account) {
        registry.change(registry.find(account), lease -> {
            ListenKey key = new ListenKey(new Secret("key-" + lease.version()), at(1), at(1), at(3600));
            return lease.withKey(lease.generation() + 1, key, new Active(at(1800)), lease.lastLoss());
        });
    }

    /** Answers the newest call. */
    private void answer(int status) {
        sender.calls.get(sender.calls.size() - 1).answer(status);
        executor.runAll();
    }

    private List<Long> pending() {
        return store.deliveries().stream()
                .map(delivery -> delivery.event().seq())
                .toList();
    }

    private List<String> pendingOnDisk() {
        return store.deliveries().stream()
                .map(delivery -> delivery.webhook() + " " + delivery.event().type())
                .toList();
    }
}
