package dev.listenkeyd.renewal;

import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.OnLoss.RECREATE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.MemoryStore;
import dev.listenkeyd.lease.VirtualClock;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.renewal.LeaseRegistry.Change;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class LeaseRegistryTest {
    private static final int MOST = 2000;

    private final VirtualClock clock = new VirtualClock();
    private final MemoryStore store = new MemoryStore();
    private final LeaseRegistry book = new LeaseRegistry(store, clock);

    @Test
    void whatIsInsertedIsInMemoryAndInTheStore() {
        Lease lease = Given.active(RECREATE);

        boolean inserted = done(book.insert(lease, MOST));

        assertThat(inserted).isTrue();
        assertThat(book.find("main")).isEqualTo(lease);
        assertThat(store.rows).containsEntry("main", lease);
    }

    @Test
    void nobodySeesALeaseBeforeItIsOnDisk() {
        store.hanging = true;

        CompletionStage<Boolean> inserted = book.insert(Given.active(RECREATE), MOST);

        assertThat(book.find("main")).isNull();
        store.release();
        assertThat(done(inserted)).isTrue();
        assertThat(book.find("main")).isNotNull();
    }

    @Test
    void whatCouldNotBeStoredWasNeverThere() {
        store.down = true;

        assertThat(failure(book.insert(Given.active(RECREATE), MOST))).isInstanceOf(StoreException.class);

        assertThat(book.find("main")).isNull();
        assertThat(book.size()).isZero();
        assertThat(book.writable()).isFalse();
    }

    /** Its caller was told that it is not there: a restart must not find it. */
    @Test
    void aRowThatWasWrittenAlthoughItsInsertFailedIsDeleted() {
        store.down = true;
        store.meanwhile = () -> {
            store.lying = true;
            store.meanwhile = () -> store.lying = false;
        };
        failure(book.insert(Given.active(RECREATE), MOST));
        assertThat(store.rows).hasSize(1);

        store.down = false;
        book.tick();

        assertThat(store.rows).isEmpty();
        assertThat(book.writable()).isTrue();
    }

    @Test
    void anInsertThatADiskHeldForTooLongIsRefusedAndUndoneWhenTheDiskGoesOn() {
        store.hanging = true;
        CompletableFuture<Boolean> inserted =
                book.insert(Given.active(RECREATE), MOST).toCompletableFuture();

        tickAfter(Duration.ofMillis(4999));
        assertThat(inserted).isNotDone();
        tickAfter(Duration.ofMillis(1));

        assertThat(failure(inserted)).isInstanceOf(StoreException.class).hasMessageContaining("5 s");
        store.release();
        assertThat(book.find("main")).isNull();
        assertThat(store.rows).isEmpty();
    }

    @Test
    void thereIsRoomForSoManyAndForOneMoreWhenOneHasGone() {
        Lease second = Given.in("second", new Active(at(1)), RECREATE, at(3600));
        done(book.insert(Given.active(RECREATE), 1));

        assertThat(done(book.insert(second, 1))).isFalse();
        assertThat(book.find("second")).isNull();

        done(book.remove(book.find("main")));
        assertThat(done(book.insert(second, 1))).isTrue();
    }

    @Test
    void everyChangeGrowsTheVersionAndIsStored() {
        done(book.insert(Given.active(RECREATE), MOST));

        Change change = renewAt(30);

        assertThat(change.after().version()).isEqualTo(change.before().version() + 1);
        assertThat(store.rows).containsEntry("main", change.after());
    }

    @Test
    void nobodyIsNotChanged() {
        assertThat(book.change(Given.in("nobody", new Active(at(1)), RECREATE, at(3600)), lease -> lease))
                .isNull();
        assertThat(store.writes).isZero();
    }

    @Test
    void memoryLeadsWhileTheStoreIsDown() {
        done(book.insert(Given.active(RECREATE), MOST));
        store.down = true;

        renewAt(30);

        assertThat(book.find("main").state().nextAttemptAt()).isEqualTo(at(30));
        assertThat(store.rows.get("main").version()).isEqualTo(1);
        assertThat(book.writable()).isFalse();
    }

    @Test
    void memoryLeadsWhileTheDiskHangsAndTheDiskGetsTheLatestStateOnly() {
        done(book.insert(Given.active(RECREATE), MOST));
        store.hanging = true;
        int before = store.writes;
        Change last = null;
        for (int i = 0; i < 50; i++) {
            last = renewAt(30 + i);
        }
        assertThat(book.find("main")).isEqualTo(last.after());

        store.release();

        assertThat(store.rows).containsEntry("main", last.after());
        assertThat(store.writes - before).as("the first change, and all others").isEqualTo(2);
    }

    @Test
    void aDiskThatHoldsAWriteIsNotWritableAfterFiveSeconds() {
        done(book.insert(Given.active(RECREATE), MOST));
        store.hanging = true;
        renewAt(30);

        tickAfter(Duration.ofMillis(4999));
        assertThat(book.writable()).isTrue();
        tickAfter(Duration.ofMillis(1));
        assertThat(book.writable()).isFalse();
        assertThat(book.isStalled()).isTrue();

        store.release();
        assertThat(book.writable()).isTrue();
        assertThat(book.isStalled()).isFalse();
    }

    @Test
    void whatWasNotSavedIsSavedLaterOnce() {
        done(book.insert(Given.active(RECREATE), MOST));
        store.down = true;
        renewAt(30);
        Lease last = renewAt(60).after();
        book.tick();
        store.down = false;
        int writesBefore = store.writes;

        book.tick();
        book.tick();

        assertThat(store.rows).containsEntry("main", last);
        assertThat(store.writes).isEqualTo(writesBefore + 1);
        assertThat(book.writable()).isTrue();
    }

    @Test
    void aStoreThatWorksAgainIsNotFlooded() {
        for (int i = 0; i < 1200; i++) {
            done(book.insert(Given.in("a" + i, new Active(at(1)), RECREATE, at(3600)), MOST));
        }
        store.down = true;
        book.all().forEach(lease -> book.change(lease, any -> any));
        store.down = false;
        int before = store.writes;

        book.tick();
        assertThat(store.writes - before).as("one shows that it works").isEqualTo(1);
        book.tick();
        assertThat(store.writes - before).isEqualTo(1 + WriteBehind.RETRIED_AT_ONCE);
    }

    @Test
    void aDownStoreIsAskedOnceARound() {
        done(book.insert(Given.in("a", new Active(at(1)), RECREATE, at(3600)), MOST));
        done(book.insert(Given.in("b", new Active(at(1)), RECREATE, at(3600)), MOST));
        store.down = true;
        book.all().forEach(lease -> book.change(lease, any -> any));
        int before = store.tries;

        book.tick();

        assertThat(store.tries - before).isEqualTo(1);
        store.down = false;
        book.tick();
        book.tick();
        assertThat(store.rows.values()).allMatch(lease -> lease.version() == 2);
    }

    @Test
    void whatIsRemovedIsGoneFromBothAndStaysGone() {
        done(book.insert(Given.active(RECREATE), MOST));
        store.down = true;
        Lease unsaved = renewAt(30).after();
        store.down = false;

        boolean removed = done(book.remove(unsaved));
        book.tick();

        assertThat(removed).isTrue();
        assertThat(done(book.remove(unsaved))).isFalse();
        assertThat(book.find("main")).isNull();
        assertThat(store.rows).isEmpty();
    }

    @Test
    void whatCouldNotBeRemovedIsStillThere() {
        Lease lease = Given.active(RECREATE);
        done(book.insert(lease, MOST));
        store.down = true;
        store.lying = true;

        assertThat(failure(book.remove(lease))).isInstanceOf(StoreException.class);

        assertThat(book.find("main")).isEqualTo(lease);
        store.down = false;
        book.tick();
        assertThat(store.rows).containsEntry("main", lease);
    }

    /** As when a release that has failed is tried again while the loop writes what was not written. */
    @Test
    void aRowIsNotWrittenAgainBehindItsDelete() {
        Lease lease = Given.active(RECREATE);
        done(book.insert(lease, MOST));
        store.down = true;
        failure(book.remove(lease));
        store.down = false;
        store.hanging = true;

        book.tick();
        CompletionStage<Boolean> removed = book.remove(lease);
        book.tick();
        renewAt(30);
        store.release();
        book.tick();

        assertThat(done(removed)).isTrue();
        assertThat(book.find("main")).isNull();
        assertThat(store.rows).isEmpty();
    }

    @Test
    void aChangeThatIsNotWrittenInTimeIsTakenBackAndNothingElseIs() {
        Lease lease = Given.active(RECREATE);
        done(book.insert(lease, MOST));
        store.hanging = true;

        CompletionStage<Change> made = book.changeOnDisk(
                lease,
                now -> now.withRegistration(now.registration().withHolder("second", "b")),
                now -> now.withRegistration(now.registration().withoutHolder("second")));
        renewAt(77);
        tickAfter(Duration.ofSeconds(5));

        assertThat(failure(made)).isInstanceOf(StoreException.class);
        assertThat(book.find("main").registration().holders()).containsExactly("bot");
        assertThat(book.find("main").state().nextAttemptAt()).isEqualTo(at(77));
        store.release();
        assertThat(store.rows).containsEntry("main", book.find("main"));
    }

    @Test
    void theNewestPauseIsWrittenAsSoonAsTheStoreAllows() {
        Pause newest = new Pause(at(600), Failure.Reason.BANNED);
        store.down = true;
        book.savePause(new Pause(at(60), Failure.Reason.THROTTLED));
        book.savePause(newest);
        store.down = false;

        book.tick();

        assertThat(store.pause).isEqualTo(newest);
    }

    @Test
    void aNewBookKnowsWhatTheOldOneStored() {
        done(book.insert(Given.active(RECREATE), MOST));
        Lease last = renewAt(30).after();
        LeaseRegistry next = new LeaseRegistry(store, clock);

        next.restore();

        assertThat(next.all()).containsExactly(last);
        assertThat(next.size()).isEqualTo(1);
        assertThat(next.after("aaa")).containsExactly(last);
        assertThat(next.after("main")).isEmpty();
    }

    private Change renewAt(double next) {
        return book.change(book.find("main"), lease -> lease.withState(new Active(at(next))));
    }

    private void tickAfter(Duration time) {
        clock.advance(time);
        book.tick();
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
