package dev.listenkeyd.renewal;

import static dev.listenkeyd.lease.Given.OTHER;
import static dev.listenkeyd.lease.Given.OURS;
import static dev.listenkeyd.lease.Given.POLICY;
import static dev.listenkeyd.lease.Given.T0;
import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.LossCause.CLOSED_ELSEWHERE;
import static dev.listenkeyd.lease.OnLoss.RECREATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.MemoryStore;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.lease.VirtualClock;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@NullUnmarked
class LossHistoryTest {
    private static final int ALL = 10_000;
    private static final Secret THIRD = new Secret("a-third-listen-key");

    private final VirtualClock clock = new VirtualClock();
    private final MemoryStore store = new MemoryStore();
    private final LeaseRegistry registry = new LeaseRegistry(store, clock, clock, event -> {});

    @BeforeEach
    void register() {
        done(registry.insert(Given.active(RECREATE), 1));
    }

    @Test
    void aRotationIsALossWithItsWindowAndBothKeys() {
        rotate(OTHER, 1800);

        Loss rotation = new Loss(2, CLOSED_ELSEWHERE, T0, at(1800), at(1800), OURS.fingerprint(), OTHER.fingerprint());
        assertThat(stored()).containsExactly(rotation);
        assertThat(registry.find("main").lastLoss()).isEqualTo(rotation);
    }

    @Test
    void aLossIsWrittenWhenItIsNoticedAndAgainWhenItEnds() {
        lose(1800);
        Loss noticed = new Loss(2, CLOSED_ELSEWHERE, T0, at(1800), null, OURS.fingerprint(), null);
        assertThat(stored()).containsExactly(noticed);

        rotate(OTHER, 1802);

        assertThat(stored()).containsExactly(noticed.recovered(at(1802), OTHER));
    }

    /** The row of the lease shows only the second one. */
    @Test
    void twoLossesWhileTheDiskHangsAreTwoRows() {
        store.hanging = true;
        rotate(OTHER, 1800);
        rotate(THIRD, 1800.3);
        rotate(OURS, 1800.6);

        store.release();

        assertThat(stored())
                .extracting(Loss::fingerprint)
                .containsExactly(OURS.fingerprint(), OTHER.fingerprint(), THIRD.fingerprint());
        assertThat(store.rows.get("main").lastLoss()).isEqualTo(stored().get(2));
    }

    @Test
    void lossesWhileWritesFailAreWrittenOnceTheStoreWorks() {
        store.down = true;
        rotate(OTHER, 1800);
        registry.tick();
        lose(1900);
        registry.tick();
        assertThat(registry.unwritten()).isEqualTo(1);
        store.down = false;
        assertThat(stored()).isEmpty();

        registry.tick();

        assertThat(stored()).extracting(Loss::fingerprint).containsExactly(OURS.fingerprint(), OTHER.fingerprint());
        assertThat(registry.unwritten()).isZero();
    }

    @Test
    void aFailedWriteThatWasMadeAllTheSameLeavesOneRowForEachLoss() {
        store.down = true;
        store.lying = true;
        rotate(OTHER, 1800);
        rotate(THIRD, 1801);
        store.down = false;

        registry.tick();

        assertThat(stored()).hasSize(2);
    }

    /** The end belongs to a loss whose write is in flight: that write must not count for it. */
    @Test
    void anEndThatComesWhileItsLossIsWrittenIsWrittenToo() {
        store.meanwhile = () -> rotate(OTHER, 1802);

        lose(1800);

        assertThat(stored()).extracting(Loss::recoveredAt).containsExactly(at(1802));
    }

    @Test
    void aLeaseThatEndsTakesItsUnwrittenLossesToTheDisk() {
        store.down = true;
        rotate(OTHER, 1800);
        store.down = false;

        done(registry.remove(registry.find("main")));

        assertThat(store.rows).isEmpty();
        assertThat(stored()).hasSize(1);
    }

    @Test
    void whatIsNotWrittenYetIsListedInItsPlace() {
        rotate(OTHER, 1800);
        store.hanging = true;
        rotate(THIRD, 1801);
        rotate(OURS, 1802);

        List<Loss> all = registry.losses().page("main", 0, ALL);

        assertThat(all).extracting(Loss::noticedAt).containsExactly(at(1800), at(1801), at(1802));
        assertThat(registry.losses().page("main", 0, 2)).isEqualTo(all.subList(0, 2));
        assertThat(registry.losses().page("main", all.get(1).seq(), 2)).isEqualTo(all.subList(2, 3));
    }

    @Test
    void aStoreThatCanNotBeReadSaysSo() {
        store.down = true;

        assertThatThrownBy(() -> registry.losses().page("main", 0, 1)).isInstanceOf(StoreException.class);
    }

    @Test
    void theNextRegistrationsLossesFollowThoseOfTheLast() {
        rotate(OTHER, 1800);
        done(registry.remove(registry.find("main")));
        done(registry.insert(Given.active(RECREATE), 1));

        rotate(OTHER, 1801);

        assertThat(stored()).extracting(Loss::noticedAt).containsExactly(at(1800), at(1801));
    }

    @Test
    void theNextProcessKnowsTheLossesAndAddsToThem() {
        rotate(OTHER, 1800);
        LeaseRegistry next = new LeaseRegistry(store, clock, clock, event -> {});
        next.restore();

        next.change(next.find("main"), lease -> new LeaseTransitions(POLICY).expired(lease, at(5400)));

        assertThat(next.losses().page("main", 0, ALL)).hasSize(2).isEqualTo(stored());
    }

    @Test
    void ofAnEndlessFailureTheNewestLossesAreKept() {
        UnwrittenRecords<Loss> unwritten = new UnwrittenRecords<>(Comparator.comparingLong(Loss::seq), 3);

        IntStream.rangeClosed(1, 4)
                .forEach(i -> unwritten.add(
                        "main", new Loss(i, CLOSED_ELSEWHERE, T0, at(i), null, OURS.fingerprint(), null)));

        assertThat(unwritten.of("main")).hasSize(3).first().matches(loss -> loss.seq() == 2);
    }

    private void rotate(Secret key, double seconds) {
        apply(new Confirmed(at(seconds), key, null), seconds);
    }

    private void lose(double seconds) {
        apply(Given.failed(Reason.NO_ACTIVE_KEY), seconds);
    }

    private void apply(RenewalOutcome outcome, double seconds) {
        Lease seen = registry.find("main");
        registry.change(seen, lease -> new LeaseTransitions(POLICY).next(lease, outcome, at(seconds), () -> 0));
    }

    private List<Loss> stored() {
        return store.losses("main", 0, ALL);
    }

    private static <T> T done(CompletionStage<T> stage) {
        assertThat(stage.toCompletableFuture()).isDone();
        return stage.toCompletableFuture().join();
    }
}
