package dev.listenkeyd.renewal;

import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.Given.paused;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.simulation.CoreInVirtualTime;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** When attempts start, in which order, and one at a time per lease. */
@NullUnmarked
class RenewalEngineTest extends EngineFixture {

    @Test
    void renewsExactlyWhenDueAndNotAMillisecondBefore() {
        daemon.watching(due("a", 1800, 3600));

        daemon.tickAt(at(1799.999));
        assertThat(gateway.said()).isEmpty();

        daemon.tickAt(at(1800));
        assertThat(gateway.said()).containsExactly("PUT a");
    }

    @Test
    void whatBecomesDueBetweenTwoTicksNeedNotWaitForTheNext() {
        daemon.watching(due("a", 1800.3, 3600));
        daemon.tickAt(at(1800));

        daemon.lookAt(at(1800.2));
        assertThat(gateway.said()).isEmpty();

        daemon.lookAt(at(1800.4));
        assertThat(gateway.said()).containsExactly("PUT a");
    }

    @Test
    void aRenewedLeaseIsDueAgainOnlyAtItsNextInstant() {
        daemon.watching(due("a", 1800, 3600));
        daemon.tickAt(at(1800));

        daemon.tickAt(at(1800 + 1440 - 0.001));
        assertThat(gateway.said()).hasSize(1);

        daemon.tickAt(at(1800 + 1440));
        assertThat(gateway.said()).containsExactly("PUT a", "PUT a");
    }

    @Test
    void whatIsDueGoesInOrderOfDeadline() {
        daemon.watching(due("a", 100, 3000), due("b", 101, 1000), due("c", 102, 2000), due("d", 5000, 5500));

        daemon.tickAt(at(102));

        assertThat(gateway.said()).containsExactly("PUT b", "PUT c", "PUT a");
    }

    @Test
    void theBudgetCutsTheOrderNotTheAccounts() {
        CoreInVirtualTime poor = new CoreInVirtualTime(Confirmation.NEVER, 2);
        poor.watching(due("a", 1, 3000), due("b", 1, 1000), due("c", 1, 2000));

        poor.tickAt(at(1));
        assertThat(poor.gateway.said()).containsExactly("PUT b", "PUT c");

        poor.tickAt(at(60.999));
        assertThat(poor.gateway.said()).hasSize(2);

        poor.tickAt(at(61));
        assertThat(poor.gateway.said()).containsExactly("PUT b", "PUT c", "PUT a");
    }

    @Test
    void measuresHowLateAnAttemptStarts() {
        daemon.watching(due("a", 1800, 3600));

        daemon.tickAt(at(1800.7));

        assertThat(daemon.events).hasSize(1);
        assertThat(daemon.events.get(0).lateness()).isEqualTo(ofMillis(700));
    }

    @Test
    void oneAccountNeverHasTwoCallsInFlight() {
        Lease lease = due("a", 100, 3600);
        daemon.watching(lease);
        daemon.clock.advanceTo(at(100));

        daemon.engine.tick();
        daemon.engine.tick();
        daemon.engine.watch(lease);
        requests.add(daemon.engine.renewNow(lease, ofSeconds(5)));
        requests.add(daemon.engine.askNow(lease, null, ofSeconds(5)));
        daemon.engine.tick();

        assertThat(daemon.executor.waiting()).isEqualTo(1);
        assertThat(daemon.engine.inFlight()).isEqualTo(1);
        assertThat(requests).noneMatch(CompletableFuture::isDone);
    }

    @Test
    void noMoreThanTheirMaximumIsInFlightAndEachEndMakesRoom() {
        IntStream.range(0, 70).forEach(i -> daemon.watching(due("a" + i, 100, 3600)));
        daemon.clock.advanceTo(at(100));

        daemon.engine.tick();
        assertThat(daemon.executor.waiting()).isEqualTo(ExchangeGate.MAX_CALLS_IN_FLIGHT);

        daemon.executor.runAll();
        assertThat(gateway.calls).hasSize(70);
        assertThat(daemon.engine.inFlight()).isZero();
    }

    @Test
    void aSlowCallDoesNotHoldUpOtherAccounts() {
        daemon.watching(due("slow", 100, 3600), due("quick", 101, 3700));
        daemon.clock.advanceTo(at(100));
        daemon.engine.tick();
        daemon.clock.advanceTo(at(101));

        daemon.engine.tick();

        assertThat(daemon.executor.waiting()).isEqualTo(2);
    }

    @Test
    void renewJoinsTheAttemptInFlight() {
        daemon.watching(due("a", 100, 3600));
        gateway.then("a", lease -> {
            requests.add(daemon.engine.renewNow(lease, ofSeconds(5)));
            return new Renewed(at(100));
        });

        daemon.tickAt(at(100));

        assertThat(requests.get(0)).isCompletedWithValueMatching(answer -> answer.outcome() instanceof Renewed);
        assertThat(gateway.said()).containsExactly("PUT a");
    }

    @Test
    void aQuestionIsNotAnsweredByARenewalInFlight() {
        daemon.watching(due("a", 100, 3600));
        gateway.then("a", lease -> {
            requests.add(daemon.engine.askNow(lease, null, ofSeconds(5)));
            return new Renewed(at(100));
        });

        daemon.tickAt(at(100));

        assertThat(requests.get(0)).isCompletedWithValueMatching(answer -> answer.outcome() instanceof Confirmed);
        assertThat(gateway.said()).containsExactly("PUT a", "POST a");
    }

    @Test
    void aCallerWhoWaitsForWeightStaysFirstWhenItsLeaseIsQueuedAgain() {
        CoreInVirtualTime poor = new CoreInVirtualTime(Confirmation.NEVER, 1);
        Lease lease = due("a", 1800, 3600);
        poor.watching(due("b", 1, 3600), lease);
        poor.tickAt(at(1));
        requests.add(poor.engine.renewNow(lease, ofMinutes(5)));
        poor.engine.watch(lease);
        poor.engine.watch(lease, at(900));

        poor.tickAt(at(61));

        assertThat(poor.gateway.said()).containsExactly("PUT b", "PUT a");
    }

    @Test
    void aDeadKeyOfAnotherApiKeyIsNoMassFailure() {
        for (int i = 0; i < 10; i++) {
            Lease lease = due("a" + i, 1800, 3600);
            daemon.watching(lease);
            gateway.then("a" + i, Given.failed(Reason.NO_ACTIVE_KEY));
            requests.add(daemon.engine.askNow(lease, new Secret("another"), ofSeconds(5)));
        }

        daemon.tickAt(at(1));

        assertThat(gateway.said()).hasSize(10);
        assertThat(daemon.engine.isRecreationThrottled()).isFalse();
    }

    @Test
    void aReplyAfterTheDeadlineCountsFromWhenItsCallWasSent() {
        daemon.watching(due("a", 3599, 3600));
        gateway.then("a", lease -> {
            daemon.clock.advanceTo(at(3604));
            return new Renewed(at(3599));
        });
        daemon.clock.advanceTo(at(3599));
        daemon.engine.tick();
        daemon.engine.tick();

        daemon.executor.runAll();

        assertThat(daemon.lease("a").expiresAt()).isEqualTo(at(7199));
        assertThat(daemon.events).noneMatch(RenewalEvent::isLoss);
    }

    @Test
    void aLeaseThatEndsWhileItsCallIsUnderWayIsNotResurrected() {
        daemon.watching(due("a", 100, 3600));
        gateway.then("a", lease -> {
            daemon.engine.end(lease);
            return new Renewed(at(100));
        });

        daemon.tickAt(at(100));
        daemon.tickAt(at(9000));

        assertThat(daemon.lease("a")).isNull();
        assertThat(daemon.store.rows).isEmpty();
        assertThat(gateway.said()).containsExactly("PUT a");
        assertThat(daemon.engine.inFlight()).isZero();
    }

    @Test
    void aLeaseThatEndedBeforeItsCallLeftCostsNothing() {
        CoreInVirtualTime poor = new CoreInVirtualTime(Confirmation.NEVER, 1);
        poor.watching(due("a", 100, 3600), due("b", 100, 3700));
        poor.clock.advanceTo(at(100));
        poor.engine.tick();

        poor.engine.end(poor.lease("a"));
        poor.executor.runAll();

        assertThat(poor.gateway.said()).containsExactly("PUT b");
    }

    /** A listener that throws between permit and call, as the clock jumps just then. */
    @Test
    void aDefectBeforeTheCallDoesNotKeepTheGateShut() {
        daemon.watching(due("a", 100, 3600), due("b", 101, 3700));
        Given.call(daemon.gate, paused(Reason.BANNED, at(100)));
        daemon.clock.advanceTo(at(100));
        daemon.engine.tick();
        daemon.clock.stepWallClock(ofMinutes(5));
        daemon.meanwhileToAll = () -> {
            throw new IllegalStateException("a defect");
        };
        assertThatThrownBy(daemon.executor::runAll).hasMessage("a defect");
        assertThat(gateway.said()).isEmpty();

        daemon.tick();

        assertThat(gateway.said()).isNotEmpty();
    }

    @Test
    void aCallThatCanNotBeStartedDoesNotKeepTheGateShut() {
        daemon.watching(due("a", 100, 3600));
        Given.call(daemon.gate, paused(Reason.BANNED, at(100)));
        daemon.clock.advanceTo(at(100));
        daemon.executor.failure = new OutOfMemoryError("unable to create a thread");
        assertThatThrownBy(daemon.engine::tick).isInstanceOf(OutOfMemoryError.class);

        daemon.executor.failure = null;
        daemon.tickAt(at(101));

        assertThat(gateway.said()).containsExactly("PUT a");
    }

    @Test
    void aPauseThatIsLiftedByHandIsToldAndNotRestoredByTheNextProcess() {
        daemon.watching(due("a", 100, 3600), due("b", 101, 3700));
        gateway.then("a", paused(Reason.BANNED, at(86_400)));
        daemon.tickAt(at(100));
        assertThat(daemon.gate.closed()).isNotNull();

        assertThat(daemon.renewals.liftPause()).isTrue();

        assertThat(daemon.fleetEvents)
                .last()
                .isEqualTo(new FleetEvent.PauseLifted(new Pause(at(86_400), Reason.BANNED), true));
        assertThat(daemon.renewals.liftPause()).isFalse();
        CoreInVirtualTime next = daemon.afterACrash().restored();
        assertThat(next.gate.closed()).isNull();
        daemon.clock.advanceTo(at(200));
        next.engine.tick();
        assertThat(next.engine.inFlight()).as("one alone").isEqualTo(1);
    }

    @Test
    void aLeaseThatEndedBeforeItsProbeLeftDoesNotKeepTheGateShut() {
        daemon.watching(due("a", 100, 3600), due("b", 101, 3700));
        Given.call(daemon.gate, paused(Reason.THROTTLED, at(100)));
        daemon.clock.advanceTo(at(100));
        daemon.engine.tick();
        daemon.engine.end(daemon.lease("a"));
        daemon.executor.runAll();

        daemon.tickAt(at(200));

        assertThat(gateway.said()).containsExactly("PUT b");
    }
}
