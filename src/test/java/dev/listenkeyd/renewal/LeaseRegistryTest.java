package dev.listenkeyd.renewal;

import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.OnLoss.RECREATE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.lease.MemoryStore;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.VirtualClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class LeaseRegistryTest {
    private static final int MOST = 2000;

    private final VirtualClock clock = new VirtualClock();
    private final MemoryStore store = new MemoryStore();
    private final List<RenewalEvent> events = new CopyOnWriteArrayList<>();
    private final LeaseRegistry registry = new LeaseRegistry(store, clock, clock, events::add);

    @Test
    void whatIsInsertedIsInMemoryAndInTheStore() {
        Lease lease = Given.active(RECREATE);

        boolean inserted = done(registry.insert(lease, MOST));

        assertThat(inserted).isTrue();
        assertThat(registry.find("main")).isEqualTo(lease);
        assertThat(store.rows).containsEntry("main", lease);
    }

    @Test
    void nobodySeesALeaseBeforeItIsOnDisk() {
        store.hanging = true;

        CompletionStage<Boolean> inserted = registry.insert(Given.active(RECREATE), MOST);

        assertThat(registry.find("main")).isNull();
        store.release();
        assertThat(done(inserted)).isTrue();
        assertThat(registry.find("main")).isNotNull();
    }

    @Test
    void whatCouldNotBeStoredWasNeverThere() {
        store.down = true;

        assertThat(failure(registry.insert(Given.active(RECREATE), MOST))).isInstanceOf(StoreException.class);

        assertThat(registry.find("main")).isNull();
        assertThat(registry.size()).isZero();
        assertThat(registry.writable()).isFalse();
    }

    /** Its caller was told that it is not there: a restart must not find it. */
    @Test
    void aRowThatWasWrittenAlthoughItsInsertFailedIsDeleted() {
        store.down = true;
        store.meanwhile = () -> {
            store.lying = true;
            store.meanwhile = () -> store.lying = false;
        };
        failure(registry.insert(Given.active(RECREATE), MOST));
        assertThat(store.rows).hasSize(1);

        store.down = false;
        registry.tick();

        assertThat(store.rows).isEmpty();
        assertThat(registry.writable()).isTrue();
    }

    @Test
    void anInsertThatADiskHeldForTooLongIsRefusedAndUndoneWhenTheDiskGoesOn() {
        store.hanging = true;
        CompletableFuture<Boolean> inserted =
                registry.insert(Given.active(RECREATE), MOST).toCompletableFuture();

        tickAfter(Duration.ofMillis(4999));
        assertThat(inserted).isNotDone();
        tickAfter(Duration.ofMillis(1));

        assertThat(failure(inserted)).isInstanceOf(StoreException.class).hasMessageContaining("5 s");
        store.release();
        assertThat(registry.find("main")).isNull();
        assertThat(store.rows).isEmpty();
    }

    @Test
    void thereIsRoomForSoManyAndForOneMoreWhenOneHasGone() {
        Lease second = Given.in("second", new Active(at(1)), RECREATE, at(3600));
        done(registry.insert(Given.active(RECREATE), 1));

        assertThat(done(registry.insert(second, 1))).isFalse();
        assertThat(registry.find("second")).isNull();

        done(registry.remove(registry.find("main")));
        assertThat(done(registry.insert(second, 1))).isTrue();
    }

    @Test
    void everyChangeGrowsTheVersionAndIsStored() {
        done(registry.insert(Given.active(RECREATE), MOST));

        Lease changed = renewAt(30);

        assertThat(changed.version()).isEqualTo(2);
        assertThat(store.rows).containsEntry("main", changed);
    }

    @Test
    void nobodyIsNotChanged() {
        assertThat(registry.change(Given.in("nobody", new Active(at(1)), RECREATE, at(3600)), lease -> lease))
                .isNull();
        assertThat(store.writes).isZero();
    }

    @Test
    void memoryLeadsWhileTheStoreIsDown() {
        done(registry.insert(Given.active(RECREATE), MOST));
        store.down = true;

        renewAt(30);

        assertThat(registry.find("main").state().nextAttemptAt()).isEqualTo(at(30));
        assertThat(store.rows.get("main").version()).isEqualTo(1);
        assertThat(registry.writable()).isFalse();
    }

    @Test
    void memoryLeadsWhileTheDiskHangsAndTheDiskGetsTheLatestStateOnly() {
        done(registry.insert(Given.active(RECREATE), MOST));
        store.hanging = true;
        int before = store.writes;
        Lease last = null;
        for (int i = 0; i < 50; i++) {
            last = renewAt(30 + i);
        }
        assertThat(registry.find("main")).isEqualTo(last);

        store.release();

        assertThat(store.rows).containsEntry("main", last);
        assertThat(store.writes - before).as("the first change, and all others").isEqualTo(2);
    }

    @Test
    void aDiskThatHoldsAWriteIsNotWritableAfterFiveSeconds() {
        done(registry.insert(Given.active(RECREATE), MOST));
        store.hanging = true;
        renewAt(30);

        tickAfter(Duration.ofMillis(4999));
        assertThat(registry.writable()).isTrue();
        tickAfter(Duration.ofMillis(1));
        assertThat(registry.writable()).isFalse();
        assertThat(registry.isStalled()).isTrue();

        store.release();
        assertThat(registry.writable()).isTrue();
        assertThat(registry.isStalled()).isFalse();
    }

    @Test
    void whatWasNotSavedIsSavedLaterOnce() {
        done(registry.insert(Given.active(RECREATE), MOST));
        store.down = true;
        renewAt(30);
        Lease last = renewAt(60);
        registry.tick();
        store.down = false;
        int writesBefore = store.writes;

        registry.tick();
        registry.tick();

        assertThat(store.rows).containsEntry("main", last);
        assertThat(store.writes).isEqualTo(writesBefore + 1);
        assertThat(registry.writable()).isTrue();
    }

    @Test
    void aStoreThatWorksAgainIsNotFlooded() {
        for (int i = 0; i < 1200; i++) {
            done(registry.insert(Given.in("a" + i, new Active(at(1)), RECREATE, at(3600)), MOST));
        }
        store.down = true;
        registry.all().forEach(lease -> registry.change(lease, any -> any));
        store.down = false;
        int before = store.writes;

        registry.tick();
        assertThat(store.writes - before).as("one shows that it works").isEqualTo(1);
        registry.tick();
        assertThat(store.writes - before).isEqualTo(1 + WriteBehind.RETRIED_AT_ONCE);
    }

    @Test
    void aDownStoreIsAskedOnceARound() {
        done(registry.insert(Given.in("a", new Active(at(1)), RECREATE, at(3600)), MOST));
        done(registry.insert(Given.in("b", new Active(at(1)), RECREATE, at(3600)), MOST));
        store.down = true;
        registry.all().forEach(lease -> registry.change(lease, any -> any));
        int before = store.tries;

        registry.tick();

        assertThat(store.tries - before).isEqualTo(1);
        store.down = false;
        registry.tick();
        registry.tick();
        assertThat(store.rows.values()).allMatch(lease -> lease.version() == 2);
    }

    /** Two processes on one store must not go unnoticed. */
    @Test
    void aNewerRowOfAnotherProcessStaysAndIsAFailedWrite() {
        done(registry.insert(Given.in("a", new Active(at(1)), RECREATE, at(3600)), MOST));
        Lease foreign = registry.all().iterator().next().withVersion(99);
        store.rows.put("a", foreign);

        registry.all().forEach(lease -> registry.change(lease, any -> any));
        registry.tick();

        assertThat(registry.writable()).isFalse();
        assertThat(store.rows).containsValue(foreign);
    }

    @Test
    void whatIsRemovedIsGoneFromBothAndStaysGone() {
        done(registry.insert(Given.active(RECREATE), MOST));
        store.down = true;
        Lease unsaved = renewAt(30);
        store.down = false;

        boolean removed = done(registry.remove(unsaved));
        registry.tick();

        assertThat(removed).isTrue();
        assertThat(done(registry.remove(unsaved))).isFalse();
        assertThat(registry.find("main")).isNull();
        assertThat(store.rows).isEmpty();
    }

    @Test
    void whatCouldNotBeRemovedIsStillThere() {
        Lease lease = Given.active(RECREATE);
        done(registry.insert(lease, MOST));
        store.down = true;
        store.lying = true;

        assertThat(failure(registry.remove(lease))).isInstanceOf(StoreException.class);

        assertThat(registry.find("main")).isEqualTo(lease);
        store.down = false;
        registry.tick();
        assertThat(store.rows).containsEntry("main", lease);
    }

    /** As when a release that has failed is tried again while the loop writes what was not written. */
    @Test
    void aRowIsNotWrittenAgainBehindItsDelete() {
        Lease lease = Given.active(RECREATE);
        done(registry.insert(lease, MOST));
        store.down = true;
        failure(registry.remove(lease));
        store.down = false;
        store.hanging = true;

        registry.tick();
        CompletionStage<Boolean> removed = registry.remove(lease);
        registry.tick();
        renewAt(30);
        store.release();
        registry.tick();

        assertThat(done(removed)).isTrue();
        assertThat(registry.find("main")).isNull();
        assertThat(store.rows).isEmpty();
    }

    @Test
    void aChangeOnDiskIsInForceWhenItIsOnDisk() {
        Lease lease = Given.active(RECREATE);
        done(registry.insert(lease, MOST));
        store.hanging = true;

        CompletionStage<Lease> made = registry.changeOnDisk(
                lease, now -> now.withRegistration(now.registration().withHolder("second", "b")));

        assertThat(registry.find("main")).isEqualTo(lease);
        Lease renewed = renewAt(77);
        store.release();
        assertThat(done(made)).isEqualTo(registry.find("main"));
        assertThat(done(made).registration().holders()).containsExactly("bot", "second");
        assertThat(done(made).state()).isEqualTo(renewed.state());
        assertThat(store.rows).containsEntry("main", done(made));
        assertThat(events).extracting(RenewalEvent::after).containsExactly(lease, renewed, done(made));
    }

    @Test
    void everyVersionHasOneEventAndEventsComeInTheirOrder() throws InterruptedException {
        done(registry.insert(Given.active(RECREATE), MOST));
        Lease lease = registry.find("main");
        List<Thread> threads = Stream.<Runnable>generate(() -> () -> {
                    for (int i = 0; i < 250; i++) {
                        registry.change(lease, now -> now.withState(new Active(at((double) now.version()))));
                    }
                })
                .limit(4)
                .map(Thread::new)
                .toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        done(registry.remove(lease));

        assertThat(events).hasSize(1002);
        for (int i = 1; i <= 1001; i++) {
            assertThat(events.get(i).before()).isEqualTo(events.get(i - 1).after());
        }
        assertThat(events.get(1000).after().version()).isEqualTo(1001);
        assertThat(events.get(1001).after()).isNull();
    }

    @Test
    void aChangeThatIsNotWrittenInTimeIsNotMade() {
        Lease lease = Given.active(RECREATE);
        done(registry.insert(lease, MOST));
        store.hanging = true;

        CompletionStage<Lease> made = registry.changeOnDisk(
                lease, now -> now.withRegistration(now.registration().withHolder("second", "b")));
        renewAt(77);
        tickAfter(Duration.ofSeconds(5));

        assertThat(failure(made)).isInstanceOf(StoreException.class);
        assertThat(registry.find("main").registration().holders()).containsExactly("bot");
        assertThat(registry.find("main").state().nextAttemptAt()).isEqualTo(at(77));
        store.release();
        assertThat(store.rows).containsEntry("main", registry.find("main"));
    }

    /** A renewal that is applied while its lease is being deleted must not bring the row back. */
    @Test
    void aLeaseThatChangesWhileItIsDeletedStaysDeleted() throws InterruptedException {
        done(registry.insert(Given.active(RECREATE), MOST));
        Lease lease = registry.find("main");
        store.hanging = true;
        CompletionStage<Boolean> removed = registry.remove(lease);
        Thread disk = new Thread(store::release);

        registry.change(lease, now -> {
            // The delete ends while the change is made.
            disk.start();
            while (disk.getState() != Thread.State.BLOCKED && disk.isAlive()) {
                Thread.onSpinWait();
            }
            return now.withState(new Active(at(77)));
        });
        disk.join();

        assertThat(done(removed)).isTrue();
        assertThat(registry.find("main")).isNull();
        assertThat(store.rows).isEmpty();
    }

    @Test
    void aChangeThatReachesTheDiskTooLateIsReplacedThere() {
        Lease lease = Given.active(RECREATE);
        done(registry.insert(lease, MOST));
        store.hanging = true;
        CompletionStage<Lease> made = registry.changeOnDisk(
                lease, now -> now.withRegistration(now.registration().withHolder("second", "b")));
        tickAfter(Duration.ofSeconds(5));
        assertThat(failure(made)).isInstanceOf(StoreException.class);

        store.release();

        assertThat(store.rows.get("main").registration().holders()).containsExactly("bot");
        assertThat(store.rows).containsEntry("main", registry.find("main"));
    }

    @Test
    void theNewestPauseIsWrittenAsSoonAsTheStoreAllows() {
        Pause newest = new Pause(at(600), Failure.Reason.BANNED);
        store.down = true;
        registry.savePause(new Pause(at(60), Failure.Reason.THROTTLED));
        registry.savePause(newest);
        store.down = false;

        registry.tick();

        assertThat(store.pause).isEqualTo(newest);
    }

    @Test
    void aNewBookKnowsWhatTheOldOneStored() {
        done(registry.insert(Given.active(RECREATE), MOST));
        Lease last = renewAt(30);
        LeaseRegistry next = new LeaseRegistry(store, clock, clock, event -> {});

        next.restore();

        assertThat(next.all()).containsExactly(last.restored(clock.instant()));
        assertThat(next.size()).isEqualTo(1);
        assertThat(next.after("aaa")).hasSize(1);
        assertThat(next.after("main")).isEmpty();
    }

    /** A consumer that has seen a version waits for a greater one. */
    @Test
    void aVersionThatACrashForgotIsNotUsedAgain() {
        done(registry.insert(Lease.registered(Given.registration("main", RECREATE), null), MOST));
        store.down = true;
        Lease forgotten = renewAt(30);
        clock.advance(Duration.ofMillis(1));
        LeaseRegistry next = new LeaseRegistry(store, clock, clock, event -> {});

        next.restore();

        assertThat(next.find("main").version()).isGreaterThan(forgotten.version());
        assertThat(next.find("main").state().nextAttemptAt()).isEqualTo(Given.T0);
    }

    @Test
    void aNewRegistrationGoesOnWithTheVersionEvenAfterTheClockWasSetBack() {
        done(registry.insert(Lease.registered(Given.registration("main", RECREATE), null), MOST));
        Lease last = renewAt(30);
        done(registry.remove(last));

        Registration later =
                new Registration("main", Given.API_KEY, RECREATE, "bot", Given.T0.minus(Duration.ofDays(1)));
        done(registry.insert(Lease.registered(later, null), MOST));

        assertThat(registry.find("main").version()).isGreaterThan(last.version());
        assertThat(store.rows).containsEntry("main", registry.find("main"));
    }

    private Lease renewAt(double next) {
        return registry.change(registry.find("main"), lease -> lease.withState(new Active(at(next))));
    }

    private void tickAfter(Duration time) {
        clock.advance(time);
        registry.tick();
    }

    private static <T> T done(CompletionStage<T> stage) {
        assertThat(stage.toCompletableFuture()).isDone();
        return stage.toCompletableFuture().join();
    }

    private static Throwable failure(CompletionStage<?> stage) {
        assertThat(stage.toCompletableFuture()).isCompletedExceptionally();
        return stage.handle((value, thrown) -> thrown instanceof CompletionException ? thrown.getCause() : thrown)
                .toCompletableFuture()
                .join();
    }
}
