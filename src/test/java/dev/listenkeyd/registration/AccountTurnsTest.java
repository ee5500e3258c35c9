package dev.listenkeyd.registration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.LeaseStore.NotOwnedException;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Commands for leases that another replica owns. */
@NullUnmarked
class AccountTurnsTest {
    private final List<String> done = new ArrayList<>();
    private final FakeReplicas others = new FakeReplicas();
    private final AccountTurns turns = new AccountTurns(() -> false, others);

    @Test
    void workBeginsWhenTheLeaseIsHere() {
        CompletionStage<String> result = turns.take("main", this::work);
        assertThat(done).containsExactly("bring main");

        others.here.complete(null);

        assertThat(done).containsExactly("bring main", "work");
        assertThat(result.toCompletableFuture()).isCompletedWithValue("result");
    }

    @Test
    void workForTheSameAccountWaitsUntilItsTurn() {
        turns.take("main", this::work);
        turns.take("main", this::work);
        assertThat(done).containsExactly("bring main");

        others.here.complete(null);

        assertThat(done).containsExactly("bring main", "work", "bring main", "work");
    }

    @Test
    void onlyARegistrationClaimsAnAccountThatNobodyHas() {
        others.here.complete(null);

        turns.takeToRegister("main", this::work);
        turns.takeInMemory("main", true, this::work);

        assertThat(done).containsExactly("bring main anew", "work", "bring main anew", "work");
    }

    @Test
    void aLeaseThatCannotBeBroughtSinceTheStoreIsAwayIsRefusedAsSuch() {
        CompletableFuture<Void> here = new CompletableFuture<>();
        CompletionStage<Void> result = AccountTurns.refusing(here);

        here.completeExceptionally(new StoreException("away", new IllegalStateException()));

        assertThatThrownBy(() -> result.toCompletableFuture().join())
                .cause()
                .isInstanceOfSatisfying(
                        LeaseRefused.class,
                        refused -> assertThat(refused.refusal()).isEqualTo(Refusal.STORE_UNAVAILABLE));
    }

    /** Another replica may have taken the lease between its arrival and the write, and nothing was written. */
    @Test
    void workWhoseLeaseWasTakenAwayRunsOnceMore() {
        others.here.complete(null);
        List<CompletionStage<String>> answers = new ArrayList<>(List.of(
                CompletableFuture.failedFuture(new CompletionException(new NotOwnedException("main"))),
                CompletableFuture.completedFuture("second")));

        CompletionStage<String> result = turns.take("main", () -> answers.remove(0));

        assertThat(result.toCompletableFuture()).isCompletedWithValue("second");
        assertThat(done).containsExactly("bring main", "bring main");
    }

    @Test
    void workWhoseLeaseIsTakenAwayAgainIsRefused() {
        others.here.complete(null);

        CompletionStage<String> result =
                turns.take("main", () -> CompletableFuture.failedFuture(new NotOwnedException("main")));

        assertRefused(result, Refusal.STORE_UNAVAILABLE);
        assertThat(done).hasSize(2);
    }

    @Test
    void workWhoseLeaseDoesNotComeIsRefusedAndTheNextHasItsTurn() {
        CompletionStage<String> refused = turns.take("main", this::work);
        CompletionStage<String> unreachable = turns.take("main", this::work);
        others.here.completeExceptionally(new LeaseRefused(Refusal.BUSY, "not given"));

        assertRefused(refused, Refusal.BUSY);
        assertRefused(unreachable, Refusal.BUSY);
        others.here = CompletableFuture.failedFuture(new StoreException("away", null));
        assertRefused(turns.take("main", this::work), Refusal.STORE_UNAVAILABLE);
        assertThat(done).doesNotContain("work");
    }

    private static void assertRefused(CompletionStage<String> result, Refusal why) {
        assertThatThrownBy(() -> result.toCompletableFuture().getNow(null))
                .hasCauseInstanceOf(LeaseRefused.class)
                .satisfies(
                        e -> assertThat(((LeaseRefused) e.getCause()).refusal()).isEqualTo(why));
    }

    private CompletionStage<String> work() {
        done.add("work");
        return CompletableFuture.completedFuture("result");
    }

    private final class FakeReplicas implements OtherReplicas {
        private CompletableFuture<Void> here = new CompletableFuture<>();

        @Override
        public CompletionStage<Void> bringHere(String account, boolean create) {
            done.add("bring " + account + (create ? " anew" : ""));
            return here.copy();
        }

        @Override
        public Lease find(String account) {
            return null;
        }

        @Override
        public Collection<Lease> after(String account) {
            return List.of();
        }
    }
}
