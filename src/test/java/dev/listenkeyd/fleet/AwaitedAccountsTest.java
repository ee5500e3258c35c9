package dev.listenkeyd.fleet;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import dev.listenkeyd.lease.VirtualClock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Commands that wait for an account. */
class AwaitedAccountsTest {
    private static final Duration PATIENCE = ofSeconds(18);

    private final VirtualClock clock = new VirtualClock();
    private final AwaitedAccounts wanted = new AwaitedAccounts(clock, PATIENCE);

    @Test
    void allThatWaitForAnAccountGoOnTogether() {
        CompletableFuture<Void> first = wanted.await("main", false).toCompletableFuture();
        CompletableFuture<Void> second = wanted.await("main", true).toCompletableFuture();

        assertThat(wanted.all()).isEqualTo(Map.of("main", true));
        wanted.end("main", null);

        assertThat(first).isCompleted();
        assertThat(second).isCompleted();
        assertThat(wanted.contains("main")).isFalse();
    }

    @Test
    void aFailureIsTold() {
        CompletableFuture<Void> waiting = wanted.await("main", false).toCompletableFuture();

        wanted.end("main", new StoreException("away", null));

        assertThatThrownBy(waiting::join).hasCauseInstanceOf(StoreException.class);
    }

    @Test
    void whoHasWaitedTooLongIsRefusedByTheFirstOnesPatience() {
        CompletableFuture<Void> first = wanted.await("main", false).toCompletableFuture();
        clock.advance(PATIENCE.minus(ofMillis(1)));
        CompletableFuture<Void> second = wanted.await("main", false).toCompletableFuture();
        wanted.refuseLate();
        assertThat(first).isNotDone();

        clock.advance(ofMillis(1));
        wanted.refuseLate();

        assertThatThrownBy(first::join).hasCauseInstanceOf(LeaseRefused.class);
        assertThatThrownBy(second::join).hasCauseInstanceOf(LeaseRefused.class);
    }

    @Test
    void theEndOfAWaitThatNobodyHasIsNothing() {
        wanted.end("main", null);

        assertThat(wanted.all()).isEmpty();
    }
}
