package dev.listenkeyd.renewal;

import static dev.listenkeyd.lease.Given.POLICY;
import static dev.listenkeyd.lease.Given.T0;
import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.Given.failed;
import static dev.listenkeyd.lease.Given.maintenance;
import static dev.listenkeyd.lease.OnLoss.RECREATE;
import static dev.listenkeyd.lease.OnLoss.REPORT;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.AccountPause;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FleetEvent.ExchangeReachable;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Lost;
import dev.listenkeyd.lease.LeaseState.Paused;
import dev.listenkeyd.lease.LeaseState.Pending;
import dev.listenkeyd.lease.LeaseState.Recovering;
import dev.listenkeyd.lease.LeaseState.Retrying;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.simulation.CoreInVirtualTime;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Paused accounts: no call is made before the end, and at the end what is due. */
@NullUnmarked
class AccountPauseTest extends EngineFixture {

    private static Lease paused(Lease lease, double end) {
        return lease.withPause(maintenance(end));
    }

    /** Begins while a call is in flight. */
    private void pauseNow(String account, double end) {
        daemon.registry.change(daemon.lease(account), lease -> paused(lease, end));
    }

    @Test
    void whatWasDueMeanwhileIsRenewedAtTheEnd() {
        daemon.watching(paused(due("a", 100, 3600), 500));

        daemon.runUntil(at(499));
        daemon.tickAt(at(499.999));
        assertThat(gateway.calls).isEmpty();
        assertThat(daemon.events).isEmpty();

        daemon.tickAt(at(500));
        assertThat(gateway.said()).containsExactly("PUT a");
        assertThat(daemon.events.get(0).after().state()).isEqualTo(new Active(at(500)));
        assertThat(daemon.events.get(1).lateness()).isZero();
        assertThat(daemon.lease("a").expiresAt()).isEqualTo(at(500).plus(POLICY.ttl()));
    }

    @Test
    void whatIsDueLaterKeepsItsTime() {
        daemon.watching(paused(due("a", 1800, 3600), 500));

        daemon.tickAt(at(500));
        assertThat(daemon.lease("a").state()).isEqualTo(new Active(at(1800)));
        daemon.tickAt(at(1799.999));
        assertThat(gateway.calls).isEmpty();

        daemon.tickAt(at(1800));
        assertThat(gateway.said()).containsExactly("PUT a");
    }

    @Test
    void aKeyThatDiesMeanwhileIsLostAtItsDeadlineAndMadeAnewAtTheEnd() {
        daemon.watching(paused(due("a", 1800, 3600), 5000));

        daemon.tickAt(at(3599.999));
        assertThat(daemon.events).isEmpty();

        daemon.tickAt(at(3600));
        assertThat(daemon.events).singleElement().matches(RenewalEvent::isLoss);
        Lease lost = daemon.lease("a");
        assertThat(lost.lastLoss().cause()).isEqualTo(LossCause.EXPIRED);
        assertThat(lost.state()).isEqualTo(new Paused(maintenance(5000), new Recovering(at(3601), 0, at(3600))));
        assertThat(daemon.store.losses("a", 0, 10)).hasSize(1);

        daemon.tickAt(at(4999.999));
        assertThat(gateway.calls).isEmpty();

        daemon.tickAt(at(5000));
        assertThat(gateway.said()).containsExactly("POST a");
        assertThat(daemon.lease("a").generation()).isEqualTo(2);
        assertThat(daemon.lease("a").pause()).isNull();
    }

    @Test
    void withReportTheLostKeyIsAskedForAtTheEndAndNoneIsMade() {
        Lease lease = due("a", 1800, 3600);
        gateway.always("a", any -> failed(Reason.NO_ACTIVE_KEY));
        daemon.watching(paused(lease.withRegistration(lease.registration().withOnLoss(REPORT)), 5000));

        daemon.runUntil(at(5000));

        assertThat(gateway.said()).containsExactly("PUT a");
        assertThat(daemon.lease("a").state()).isEqualTo(new Lost(at(3600)));
    }

    /** The process was down, say. */
    @Test
    void aDeadlineAndAnEndThatArePastAreToldOneAfterTheOther() {
        daemon.watching(paused(due("a", 1800, 3600), 5000));

        daemon.tickAt(at(6000));

        assertThat(daemon.events).hasSize(2);
        assertThat(daemon.events.get(0).isLoss()).isTrue();
        assertThat(daemon.events.get(0).after().pause()).isNotNull();
        assertThat(daemon.events.get(1).after().pause()).isNull();
        daemon.tickAt(at(6001));
        assertThat(gateway.said()).containsExactly("POST a");
    }

    @Test
    void theEndNeedsNoWeightAndNoOpenGate() {
        Given.call(daemon.gate, Given.paused(Reason.BANNED, at(86_400)));
        daemon.watching(paused(due("a", 1800, 3600), 500));

        daemon.tickAt(at(500));

        assertThat(daemon.lease("a").pause()).isNull();
    }

    @Test
    void aLeaseThatWantsNothingWantsNothingAfterwards() {
        daemon.watching(paused(Given.lost(RECREATE), 4000));

        daemon.runUntil(at(9000));

        assertThat(daemon.lease("main").state()).isEqualTo(new Lost(at(3600)));
        assertThat(gateway.calls).isEmpty();
    }

    @Test
    void noFirstKeyIsAskedForHoweverMuchWeightThereIs() {
        Lease pending = Given.pendingAfter(3, Reason.UNREACHABLE);
        daemon.watching(paused(pending, 500));
        daemon.engine.onEvent(new ExchangeReachable(ofMinutes(1)));

        daemon.runUntil(at(499));
        assertThat(gateway.calls).isEmpty();

        daemon.runUntil(at(500));
        assertThat(gateway.said()).startsWith("POST main");
    }

    @Test
    void noCheckIsMadeAndOneSoonAfterwards() {
        CoreInVirtualTime checking = new CoreInVirtualTime(Given.CHECKING, Confirmation.AUTO, 200);
        checking.watching(paused(due("a", 1800, 3600), 500));

        checking.runUntil(at(499));
        assertThat(checking.gateway.calls).isEmpty();

        checking.runUntil(at(500));
        assertThat(checking.gateway.said()).containsExactly("POST a");
    }

    @Test
    void aCallInFlightCountsAndThePauseGoesOn() {
        daemon.watching(due("a", 100, 3600));
        gateway.then("a", lease -> {
            pauseNow("a", 5000);
            return new Renewed(at(100));
        });

        daemon.tickAt(at(100));

        assertThat(daemon.lease("a").expiresAt()).isEqualTo(at(3700));
        assertThat(daemon.lease("a").state())
                .isEqualTo(new Paused(maintenance(5000), new Active(at(100).plus(ofMinutes(24)))));
        daemon.runUntil(at(3699));
        assertThat(gateway.calls).hasSize(1);
    }

    @Test
    void aFailedCallInFlightCountsAndItsRetryWaits() {
        daemon.watching(due("a", 100, 3600));
        gateway.then("a", lease -> {
            pauseNow("a", 500);
            return failed(Reason.UNREACHABLE);
        });

        daemon.tickAt(at(100));
        assertThat(daemon.lease("a").state().unpaused()).isInstanceOf(Retrying.class);
        daemon.runUntil(at(499));
        assertThat(gateway.calls).hasSize(1);

        daemon.runUntil(at(500));
        assertThat(gateway.calls).hasSize(2);
    }

    @Test
    void noSecondCallFollowsTheOneInFlight() {
        CoreInVirtualTime confirming = new CoreInVirtualTime(Confirmation.ALWAYS, 200);
        confirming.watching(due("a", 100, 3600));
        confirming.gateway.then("a", lease -> {
            confirming.registry.change(confirming.lease("a"), now -> paused(now, 500));
            return new Renewed(at(100));
        });

        confirming.tickAt(at(100));

        assertThat(confirming.gateway.said()).containsExactly("PUT a");
    }

    @Test
    void noKeyIsNamedWhenThePauseBeganDuringThePutBefore() {
        Lease lease = Given.recovering(1, REPORT);
        daemon.watching(lease);
        gateway.then("main", any -> {
            pauseNow("main", 9000);
            return new Renewed(at(3601));
        });

        daemon.tickAt(at(3601));

        assertThat(gateway.said()).containsExactly("PUT main");
        assertThat(daemon.lease("main").isLost()).isTrue();
        assertThat(daemon.lease("main").lastFailure().message()).contains("paused");
    }

    @Test
    void noFirstExtensionFollowsAFirstKey() {
        Lease pending = Given.pending(RECREATE);
        daemon.watching(pending);
        gateway.then("main", any -> {
            pauseNow("main", 500);
            return new Confirmed(T0, Given.OURS, null);
        });

        daemon.tick();

        assertThat(gateway.said()).containsExactly("POST main");
        assertThat(daemon.lease("main").isLive()).isTrue();
    }

    /** The call was scheduled, and the pause came before it left. */
    @Test
    void aScheduledCallDoesNotLeave() {
        daemon.watching(due("a", 100, 3600));
        daemon.clock.advanceTo(at(100));
        daemon.engine.tick();

        pauseNow("a", 500);
        daemon.executor.runAll();

        assertThat(gateway.calls).isEmpty();
        assertThat(daemon.engine.inFlight()).isZero();
        assertThat(daemon.gate.weightUsed()).isZero();
        daemon.runUntil(at(500));
        assertThat(gateway.said()).containsExactly("PUT a");
    }

    @Test
    void aClockThatIsSetBackMovesThePauseWithIt() {
        daemon.watching(paused(due("a", 1800, 9000), 5000));
        daemon.clock.advanceTo(at(3600));
        daemon.tick();

        daemon.clock.stepWallClock(ofHours(-1));
        daemon.tick();
        assertThat(daemon.lease("a").pause()).isEqualTo(new AccountPause(at(-3600), at(1400), "maintenance"));

        daemon.runUntil(at(1399));
        assertThat(gateway.calls).isEmpty();
        daemon.runUntil(at(1400));
        assertThat(gateway.said()).containsExactly("PUT a");
    }

    @Test
    void aClockThatWasSetBackWhileTheProcessWasDownMovesThePauseWithIt() {
        daemon.watching(paused(Given.pending(RECREATE), 5000));
        daemon.clock.stepWallClock(ofHours(-1));

        CoreInVirtualTime next = daemon.afterACrash().restored();

        assertThat(next.lease("main").pause()).isEqualTo(new AccountPause(at(-3600), at(1400), "maintenance"));
        assertThat(next.lease("main").state().unpaused()).isEqualTo(new Pending(at(-3600), 0, null));
    }

    @Test
    void aPauseGoesOnAfterARestart() {
        daemon.watching(paused(due("a", 100, 3600), 500));
        daemon.clock.advanceTo(at(200));

        CoreInVirtualTime next = daemon.afterACrash().restored();
        next.runUntil(at(499));
        assertThat(gateway.calls).isEmpty();

        next.runUntil(at(500));
        assertThat(gateway.said()).containsExactly("PUT a");
    }

    @Test
    void aPauseThatEndedWhileTheProcessWasDownEndsAtItsStart() {
        daemon.watching(paused(due("a", 100, 3600), 500));
        daemon.clock.advanceTo(at(600));

        CoreInVirtualTime next = daemon.afterACrash().restored();
        next.tick();

        assertThat(next.events.get(0).before().pause()).isNotNull();
        assertThat(next.events.get(0).after().pause()).isNull();
        assertThat(gateway.said()).containsExactly("PUT a");
    }

    /** A fleet that was paused for one maintenance. */
    @Test
    void manyThatEndAtOnceKeepWithinTheBudget() {
        CoreInVirtualTime scarce = new CoreInVirtualTime(Confirmation.NEVER, 20);
        for (int i = 0; i < 50; i++) {
            scarce.watching(paused(due("a" + i, 100, 3600), 500));
        }

        scarce.tickAt(at(500));
        assertThat(scarce.registry.all()).noneMatch(lease -> lease.pause() != null);
        assertThat(scarce.gateway.calls).hasSize(20);

        scarce.runUntil(at(500).plus(ofMinutes(3)).plus(ofSeconds(1)));
        assertThat(scarce.registry.all())
                .allMatch(lease -> lease.key().lastSuccessAt().isAfter(at(499)));
    }
}
