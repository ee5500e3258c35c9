package dev.listenkeyd.lease;

import static dev.listenkeyd.lease.OnLoss.RECREATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import java.time.Instant;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** What every {@link LeaseStore} promises, the fakes of the tests included: none of them may be kinder than a disk. */
@NullUnmarked
public abstract class LeaseStoreContract {

    protected abstract LeaseStore store();

    /** Makes every write fail, or work again. */
    protected abstract void fail(boolean failing) throws Exception;

    /** Waits until the write has ended, in whatever time the store lives. */
    protected abstract void await(CompletionStage<?> write);

    @Test
    public void aNewStoreIsEmpty() {
        assertThat(store().live()).isEmpty();
        assertThat(store().pause()).isNull();
    }

    @Test
    public void whatIsPutIsThereAndANewerVersionTakesItsPlace() {
        put(lease("main", 0, 1));
        put(lease("other", 0, 1));

        put(lease("main", 0, 2));

        assertThat(store().live()).containsExactlyInAnyOrder(lease("main", 0, 2), lease("other", 0, 1));
    }

    /** A write that reported an error may have been made all the same, and is made again. */
    @Test
    public void theSameVersionCanBePutAgain() {
        put(lease("main", 0, 3));

        assertThat(put(lease("main", 0, 3))).isTrue();

        assertThat(store().live()).containsExactly(lease("main", 0, 3));
    }

    @Test
    public void anOlderVersionChangesNothingAndThatIsTold() {
        assertThat(put(lease("main", 0, 3))).isTrue();

        assertThat(put(lease("main", 0, 2))).isFalse();

        assertThat(store().live()).containsExactly(lease("main", 0, 3));
    }

    /** What memory has is the truth: the row of an earlier registration can only be one that could not be deleted. */
    @Test
    public void aLaterRegistrationTakesThePlaceOfAnEarlierOneInWhateverVersion() {
        put(lease("main", 0, 99));

        put(lease("main", 60, 1));

        assertThat(store().live()).containsExactly(lease("main", 60, 1));
    }

    @Test
    public void aDeleteConcernsOneAccountAndMayBeRepeated() {
        put(lease("main", 0, 7));
        put(lease("other", 0, 1));

        await(store().delete("main"));
        await(store().delete("main"));

        assertThat(store().live()).containsExactly(lease("other", 0, 1));
    }

    @Test
    public void writesAreMadeInTheOrderInWhichTheyWereAskedFor() {
        CompletionStage<?> unused = store().put(lease("gone", 0, 1));
        unused = store().put(lease("back", 0, 1));
        unused = store().delete("gone");
        unused = store().delete("back");
        CompletionStage<Boolean> last = store().put(lease("back", 0, 2));

        await(last);

        assertThat(unused.toCompletableFuture()).isDone();
        assertThat(store().live()).containsExactly(lease("back", 0, 2));
    }

    @Test
    public void thePauseIsTheOneThatWasSavedLast() {
        Instant later = Given.at(600);
        await(store().savePause(new Pause(later, Reason.BANNED)));

        await(store().savePause(new Pause(Given.T0, Reason.THROTTLED)));

        assertThat(store().pause()).isEqualTo(new Pause(Given.T0, Reason.THROTTLED));
    }

    @Test
    public void aWriteThatFailsSaysSoAndTheNextOneWorks() throws Exception {
        put(lease("main", 0, 1));
        fail(true);

        assertFails(store().put(lease("main", 0, 2)));
        assertFails(store().put(lease("other", 0, 1)));
        assertFails(store().delete("main"));
        assertFails(store().savePause(new Pause(Given.T0, Reason.THROTTLED)));

        fail(false);
        assertThat(store().live()).containsExactly(lease("main", 0, 1));
        put(lease("main", 0, 2));
        assertThat(store().live()).containsExactly(lease("main", 0, 2));
    }

    private boolean put(Lease lease) {
        CompletionStage<Boolean> write = store().put(lease);
        await(write);
        return write.toCompletableFuture().join();
    }

    private void assertFails(CompletionStage<?> write) {
        assertThatThrownBy(() -> {
                    await(write);
                    write.toCompletableFuture().join();
                })
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(StoreException.class);
    }

    private static Lease lease(String account, double registeredAt, long version) {
        Instant at = Given.at(registeredAt);
        Registration registration = new Registration(account, Given.API_KEY, RECREATE, "bot", at);
        ListenKey key = new ListenKey(Given.OURS, at, at, at.plusSeconds(3600));
        return new Lease(registration, 1, key, new Active(at.plusSeconds(1800)), null, null, version);
    }
}
