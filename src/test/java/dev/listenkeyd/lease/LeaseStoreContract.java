package dev.listenkeyd.lease;

import static dev.listenkeyd.lease.OnLoss.RECREATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FeedEvent.LeaseFacts;
import dev.listenkeyd.lease.FeedEvent.LossFacts;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** What every {@link LeaseStore} promises, the fakes of the tests included: none of them may be kinder than a disk. */
@NullUnmarked
public abstract class LeaseStoreContract {

    /** Whether several processes write to the store. */
    protected boolean isShared() {
        return false;
    }

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

    /**
     * Where one process writes, what its memory has is the truth: the row of an earlier registration can only be one that could not be
     * deleted. Where several write, the older version may be the one that comes late.
     */
    @Test
    public void aLaterRegistrationTakesThePlaceOfAnEarlierOneInWhateverVersionUnlessOthersWriteToo() {
        put(lease("main", 0, 99));

        boolean taken = put(lease("main", 60, 1));

        assertThat(taken).isEqualTo(!isShared());
        assertThat(store().live()).containsExactly(isShared() ? lease("main", 0, 99) : lease("main", 60, 1));
    }

    @Test
    public void aPauseOfAnAccountIsKeptUntilAVersionWithoutItIsPut() {
        Lease paused = lease("main", 0, 2).withPause(Given.maintenance(7200));
        put(lease("main", 0, 1));
        put(paused);
        assertThat(store().live()).containsExactly(paused);

        put(lease("main", 0, 3));

        assertThat(store().live()).containsExactly(lease("main", 0, 3));
    }

    @Test
    public void aDeleteConcernsOneAccountAndMayBeRepeated() {
        put(lease("main", 0, 7));
        put(lease("other", 0, 1));

        await(store().delete("main", ChangeRecords.NONE));
        await(store().delete("main", ChangeRecords.NONE));

        assertThat(store().live()).containsExactly(lease("other", 0, 1));
    }

    @Test
    public void writesAreMadeInTheOrderInWhichTheyWereAskedFor() {
        CompletionStage<?> unused = store().put(lease("gone", 0, 1), ChangeRecords.NONE);
        unused = store().put(lease("back", 0, 1), ChangeRecords.NONE);
        unused = store().delete("gone", ChangeRecords.NONE);
        unused = store().delete("back", ChangeRecords.NONE);
        CompletionStage<Boolean> last = store().put(lease("back", 0, 2), ChangeRecords.NONE);

        await(last);

        assertThat(unused.toCompletableFuture()).isDone();
        assertThat(store().live()).containsExactly(lease("back", 0, 2));
    }

    @Test
    public void thePauseIsTheOneThatWasSavedLast() {
        Instant later = Given.at(600);
        await(store().saveFleet(new Pause(later, Reason.BANNED), List.of()));

        await(store().saveFleet(new Pause(Given.T0, Reason.THROTTLED), List.of()));

        assertThat(store().pause()).isEqualTo(new Pause(Given.T0, Reason.THROTTLED));
    }

    @Test
    public void aWriteThatFailsSaysSoAndTheNextOneWorks() throws Exception {
        put(lease("main", 0, 1));
        fail(true);

        assertFails(store().put(lease("main", 0, 2), ChangeRecords.NONE));
        assertFails(store().put(lease("other", 0, 1), ChangeRecords.NONE));
        assertFails(store().delete("main", ChangeRecords.NONE));
        assertFails(store().saveFleet(new Pause(Given.T0, Reason.THROTTLED), List.of()));

        fail(false);
        assertThat(store().live()).containsExactly(lease("main", 0, 1));
        put(lease("main", 0, 2));
        assertThat(store().live()).containsExactly(lease("main", 0, 2));
    }

    @Test
    public void lossesAreWrittenWithTheirLeaseAndOutliveIt() {
        Loss first = loss(2, 10);
        Loss second = loss(3, 11).recovered(Given.at(12), Given.OTHER);

        put(lease("main", 0, 3), first, second);
        await(store().delete("main", records(loss(4, 13))));

        assertThat(store().live()).isEmpty();
        assertThat(losses("main")).containsExactly(first, second, loss(4, 13));
        assertThat(losses("other")).isEmpty();
    }

    /** A write that reported an error may have been made all the same, and is made again. */
    @Test
    public void aLossTakesThePlaceOfTheOneWithItsNumber() {
        Loss ended = loss(2, 10).recovered(Given.at(12), Given.OTHER);
        put(lease("main", 0, 2), loss(2, 10));

        put(lease("main", 0, 3), ended, loss(3, 13));
        put(lease("main", 0, 3), ended, loss(3, 13));

        assertThat(losses("main")).containsExactly(ended, loss(3, 13));
    }

    @Test
    public void lossesAreReadFromAfterANumberSoManyAtMost() {
        put(lease("main", 0, 9), loss(2, 10), loss(5, 20), loss(7, 30));

        assertThat(store().losses("main", 0, 2)).containsExactly(loss(2, 10), loss(5, 20));
        assertThat(store().losses("main", 5, 2)).containsExactly(loss(7, 30));
        assertThat(store().losses("main", 7, 2)).isEmpty();
    }

    @Test
    public void aWriteThatFailsWritesNoLossEither() throws Exception {
        put(lease("main", 0, 1));
        fail(true);

        assertFails(store().put(lease("main", 0, 2), records(loss(2, 10))));
        assertFails(store().delete("main", records(loss(2, 10))));

        fail(false);
        assertThat(losses("main")).isEmpty();
    }

    @Test
    public void soManyLossesOfAnAccountAreKeptTheNewestOnes() {
        put(lease("other", 0, 1), loss(1, 1));
        Loss[] most = IntStream.rangeClosed(1, LeaseStore.LOSSES_KEPT)
                .mapToObj(i -> loss(i, i))
                .toArray(Loss[]::new);
        put(lease("main", 0, 1), most);
        assertThat(losses("main")).containsExactly(most);

        put(lease("main", 0, 2), loss(5000, 5000));

        assertThat(losses("main"))
                .hasSize(LeaseStore.LOSSES_KEPT)
                .startsWith(loss(2, 2))
                .endsWith(loss(5000, 5000));
        assertThat(losses("other")).hasSize(1);
    }

    @Test
    public void anOldLossIsKeptForNinetyDaysWhoeverHadIt() {
        double ninetyDays = LeaseStore.LOSSES_KEPT_FOR.toSeconds();
        put(lease("main", 0, 1), loss(1, 10), loss(2, 11));

        put(lease("other", 0, 1), loss(1, 10 + ninetyDays));
        assertThat(losses("main")).containsExactly(loss(1, 10), loss(2, 11));
        put(lease("other", 0, 2), loss(2, 11 + ninetyDays));

        assertThat(losses("main")).containsExactly(loss(2, 11));
        assertThat(losses("other")).hasSize(2);
    }

    @Test
    public void pendingDeliveriesAreWrittenWithTheirLeaseAndOutliveIt() {
        Delivery first = delivery("pager", 2);
        Delivery second = delivery("chat", 2);
        await(store().put(lease("main", 0, 2), new ChangeRecords(List.of(), List.of(first, second))));
        await(store().delete("main", new ChangeRecords(List.of(), List.of(delivery("pager", 3)))));
        assertThat(store().deliveries()).containsExactlyInAnyOrder(first, second, delivery("pager", 3));

        await(store().put(lease("main", 0, 3), new ChangeRecords(List.of(), List.of(first.ended()))));
        await(store().put(lease("main", 0, 3), new ChangeRecords(List.of(), List.of(first.ended()))));

        assertThat(store().deliveries()).containsExactlyInAnyOrder(second, delivery("pager", 3));
    }

    @Test
    public void deliveriesThatConcernAllLeasesAreWrittenWithThePauseOrWithoutOne() {
        Delivery closed = new Delivery("pager", FeedEvent.numbered(7, Given.T0, EventType.GATE_CLOSED, null), true);
        await(store().saveFleet(null, List.of(closed)));
        assertThat(store().pause()).isNull();
        assertThat(store().deliveries()).containsExactly(closed);

        await(store().saveFleet(new Pause(Given.T0, Reason.THROTTLED), List.of(closed.ended())));

        assertThat(store().pause()).isEqualTo(new Pause(Given.T0, Reason.THROTTLED));
        assertThat(store().deliveries()).isEmpty();
    }

    @Test
    public void aWriteThatFailsWritesNoDeliveryEither() throws Exception {
        fail(true);

        assertFails(store().put(lease("main", 0, 2), new ChangeRecords(List.of(), List.of(delivery("pager", 2)))));
        assertFails(store().saveFleet(null, List.of(delivery("pager", 3))));

        fail(false);
        assertThat(store().deliveries()).isEmpty();
    }

    private static Delivery delivery(String webhook, long seq) {
        LossFacts loss = new LossFacts(LossCause.CLOSED_ELSEWHERE, Given.at(9), seq == 2 ? null : Given.at(11));
        LeaseFacts lease = new LeaseFacts("main", seq, "LOST", 1, "3f9a1c2b", null, loss);
        return new Delivery(webhook, FeedEvent.numbered(seq, Given.at(10), EventType.LOST, lease), true);
    }

    private List<Loss> losses(String account) {
        return store().losses(account, 0, 2 * LeaseStore.LOSSES_KEPT);
    }

    private static Loss loss(long seq, double noticedAt) {
        return new Loss(
                seq,
                LossCause.CLOSED_ELSEWHERE,
                Given.at(noticedAt - 1),
                Given.at(noticedAt),
                null,
                Given.OURS.fingerprint(),
                null);
    }

    private static ChangeRecords records(Loss... losses) {
        return new ChangeRecords(List.of(losses), List.of());
    }

    private boolean put(Lease lease, Loss... losses) {
        CompletionStage<Boolean> write = store().put(lease, records(losses));
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
