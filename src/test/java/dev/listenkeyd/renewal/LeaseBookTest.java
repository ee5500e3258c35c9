package dev.listenkeyd.renewal;

import static dev.listenkeyd.renewal.Given.at;
import static dev.listenkeyd.renewal.OnLoss.RECREATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.renewal.LeaseBook.Change;
import dev.listenkeyd.renewal.LeaseState.Active;
import dev.listenkeyd.renewal.LeaseStore.StoreException;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class LeaseBookTest {
    private final MemoryStore store = new MemoryStore();
    private final LeaseBook book = new LeaseBook(store);

    @Test
    void whatIsInsertedIsInMemoryAndInTheStore() {
        Lease lease = Given.active(RECREATE);

        book.insert(lease);

        assertThat(book.find("main")).isEqualTo(lease);
        assertThat(store.rows).containsEntry("main", lease);
    }

    @Test
    void whatCouldNotBeStoredWasNeverThere() {
        store.down = true;

        assertThatThrownBy(() -> book.insert(Given.active(RECREATE))).isInstanceOf(StoreException.class);

        assertThat(book.find("main")).isNull();
        assertThat(book.writable()).isFalse();
    }

    @Test
    void everyChangeGrowsTheVersionAndIsStored() {
        book.insert(Given.active(RECREATE));

        Change change = renewAt(30);

        assertThat(change.recorded()).isTrue();
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
        book.insert(Given.active(RECREATE));
        store.down = true;

        Change change = renewAt(30);

        assertThat(change.recorded()).isFalse();
        assertThat(book.find("main").state().nextAttemptAt()).isEqualTo(at(30));
        assertThat(store.rows.get("main").version()).isEqualTo(1);
        assertThat(book.writable()).isFalse();
    }

    @Test
    void whatWasNotSavedIsSavedLaterOnce() {
        book.insert(Given.active(RECREATE));
        store.down = true;
        renewAt(30);
        Lease last = renewAt(60).after();
        book.saveUnsaved();
        store.down = false;
        int writesBefore = store.writes;

        book.saveUnsaved();
        book.saveUnsaved();

        assertThat(store.rows).containsEntry("main", last);
        assertThat(store.writes).isEqualTo(writesBefore + 1);
        assertThat(book.writable()).isTrue();
    }

    @Test
    void theLoopIsNotHeldUpByAStoreWithMuchToSave() {
        for (int i = 0; i < 1200; i++) {
            book.insert(Given.in("a" + i, new Active(at(1)), RECREATE, at(3600)));
        }
        store.down = true;
        book.all().forEach(lease -> book.change(lease, any -> any));
        store.down = false;
        int before = store.writes;

        book.saveUnsaved();

        assertThat(store.writes - before).isEqualTo(100);
    }

    @Test
    void aDownStoreIsAskedOnceARound() {
        book.insert(Given.in("a", new Active(at(1)), RECREATE, at(3600)));
        book.insert(Given.in("b", new Active(at(1)), RECREATE, at(3600)));
        store.down = true;
        book.all().forEach(lease -> book.change(lease, any -> any));
        int before = store.tries;

        book.saveUnsaved();

        assertThat(store.tries - before).isEqualTo(1);
        store.down = false;
        book.saveUnsaved();
        assertThat(store.rows.values()).allMatch(lease -> lease.version() == 2);
    }

    @Test
    void whatIsRemovedIsGoneFromBothAndStaysGone() {
        book.insert(Given.active(RECREATE));
        store.down = true;
        Lease unsaved = renewAt(30).after();
        store.down = false;

        boolean removed = book.remove(unsaved);
        book.saveUnsaved();

        assertThat(removed).isTrue();
        assertThat(book.remove(unsaved)).isFalse();
        assertThat(book.find("main")).isNull();
        assertThat(store.rows).isEmpty();
    }

    @Test
    void whatCouldNotBeRemovedIsStillThere() {
        Lease lease = Given.active(RECREATE);
        book.insert(lease);
        store.down = true;

        assertThatThrownBy(() -> book.remove(lease)).isInstanceOf(StoreException.class);

        assertThat(book.find("main")).isEqualTo(lease);
    }

    @Test
    void aNewBookKnowsWhatTheOldOneStored() {
        book.insert(Given.active(RECREATE));
        Lease last = renewAt(30).after();
        LeaseBook next = new LeaseBook(store);

        next.restore();

        assertThat(next.all()).containsExactly(last);
        assertThat(next.after("aaa")).containsExactly(last);
        assertThat(next.after("main")).isEmpty();
    }

    private Change renewAt(double next) {
        return book.change(book.find("main"), lease -> lease.withState(new Active(at(next))));
    }
}
