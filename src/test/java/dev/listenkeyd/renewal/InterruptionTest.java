package dev.listenkeyd.renewal;

import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.Given.failed;
import static dev.listenkeyd.lease.Given.paused;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Retrying;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.RenewalOutcome.Failed;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.simulation.CoreInVirtualTime;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Outages of the exchange, a clock that is set back, and restarts. */
@NullUnmarked
class InterruptionTest extends EngineFixture {

    @Test
    void whatWaitsAfterFailuresIsRenewedAtOnceWhenTheExchangeAnswersAgain() {
        CoreInVirtualTime many = new CoreInVirtualTime(Confirmation.NEVER, 200);
        IntStream.range(0, 30).forEach(i -> many.watching(due("a" + i, 100, 3000 - i)));
        boolean[] away = {true};
        IntStream.range(0, 30)
                .forEach(i -> many.gateway.always(
                        "a" + i, lease -> away[0] ? failed(Reason.UNREACHABLE) : new Renewed(many.clock.instant())));
        many.clock.advanceTo(at(100));
        many.runUntil(at(700));
        away[0] = false;
        many.gateway.calls.clear();

        many.runUntil(at(705));

        assertThat(many.registry.all()).allMatch(lease -> lease.state() instanceof Active);
        assertThat(many.fleetEvents)
                .hasSize(2)
                .hasAtLeastOneElementOfType(FleetEvent.ExchangeUnreachable.class)
                .hasAtLeastOneElementOfType(FleetEvent.ExchangeReachable.class);
        List<String> afterTheProbe = many.gateway.said().subList(1, 30);
        assertThat(afterTheProbe)
                .isSortedAccordingTo(Comparator.comparing((String call) -> -Integer.parseInt(call.substring(5))));
    }

    @Test
    void aReturnKeepsTheDistanceBetweenTwoAttemptsOfAnAccount() {
        CoreInVirtualTime many = new CoreInVirtualTime(Confirmation.NEVER, 200);
        IntStream.range(0, 12).forEach(i -> many.watching(due("a" + i, 100, 3600)));
        IntStream.range(0, 12)
                .forEach(i -> many.gateway.then(
                        "a" + i, lease -> new Failed(Given.failure(Reason.UNREACHABLE, many.clock.instant()))));
        many.tickAt(at(100));
        many.watching(due("b", 100.2, 3600));
        many.tickAt(at(100.8));
        assertThat(many.gateway.said()).endsWith("PUT b");
        many.gateway.calls.clear();

        many.tickAt(at(100.999));
        assertThat(many.gateway.calls).isEmpty();
        many.tickAt(at(101));
        assertThat(many.gateway.calls).isNotEmpty();
    }

    @Test
    void aCallThatWasUnderWayWhenTheClockWasSetBackExtendsNoDeadline() {
        daemon.watching(due("a", 100, 3600));
        gateway.then("a", lease -> {
            Instant sentAt = daemon.clock.instant();
            daemon.clock.advance(ofSeconds(2));
            daemon.clock.stepWallClock(ofMinutes(-5));
            return new Renewed(sentAt);
        });
        daemon.clock.advanceTo(at(100));

        daemon.tick();

        // Sent at 100 s by the old clock, which is 100 s - 5 min by the new one.
        assertThat(daemon.lease("a").expiresAt()).isEqualTo(at(3400));
    }

    @Test
    void afterTheClockWasSetBackAllAreRenewedAtOnceInOrderOfDeadline() {
        daemon.watching(due("a", 1800, 3600), due("b", 1700, 3500));
        daemon.clock.advanceTo(at(600));
        daemon.clock.stepWallClock(ofMinutes(-5));

        daemon.tick();

        assertThat(gateway.said()).containsExactly("PUT b", "PUT a");
        assertThat(daemon.fleetEvents).contains(new FleetEvent.ClockJumped(ofMinutes(-5)));
    }

    @Test
    void aClockThatIsSetBackDoesNotExtendADeadline() {
        daemon.watching(due("a", 1800, 3600));
        Given.call(daemon.gate, paused(Reason.BANNED, at(4000)));
        daemon.clock.advanceTo(at(600));
        daemon.clock.stepWallClock(ofMinutes(-5));
        daemon.tick();

        daemon.tickAt(at(3299.999));
        assertThat(daemon.lease("a").isLost()).isFalse();
        daemon.tickAt(at(3300));

        assertThat(daemon.lease("a").isLost()).isTrue();
        assertThat(daemon.store.rows.get("a")).isEqualTo(daemon.lease("a"));
    }

    @Test
    void aRestartAfterTheClockWasSetBackExtendsNoDeadline() {
        daemon.clock.advanceTo(at(1000));
        Lease lease = due("a", 2800, 4600);
        daemon.registry.insertInMemory(lease.withKey(
                1, new ListenKey(lease.key().value(), at(1000), at(1000), at(4600)), lease.state(), null));
        daemon.clock.stepWallClock(ofMinutes(-10));

        CoreInVirtualTime next = daemon.afterACrash().restored();

        assertThat(next.lease("a").expiresAt()).isEqualTo(at(4000));
        next.tick();
        assertThat(gateway.said()).containsExactly("PUT a");
    }

    @ParameterizedTest(name = "paused until {0} s: {1} call(s) at 200 s")
    @CsvSource({"9000, 0", "150, 1"})
    void aRestartKeepsThePauseAndSendsOneCallAloneAfterIt(double until, int calls) {
        daemon.watching(due("a", 100, 3600), due("b", 100, 3700));
        daemon.gateway.then("a", paused(Reason.BANNED, at(until)));
        daemon.tickAt(at(100));
        daemon.clock.advanceTo(at(200));

        CoreInVirtualTime next = daemon.afterACrash().restored();
        next.engine.tick();

        assertThat(next.executor.waiting()).isEqualTo(calls);
    }

    @Test
    void aRestartKeepsScheduleAndGenerationAndFiresNoBurst() {
        IntStream.range(0, 50).forEach(i -> daemon.watching(due("a" + i, 1800 + i, 3600 + i)));
        daemon.clock.advanceTo(at(1799));
        CoreInVirtualTime next = daemon.afterACrash().restored();

        next.tick();
        assertThat(gateway.said()).isEmpty();

        next.tickAt(at(1801));
        assertThat(gateway.said()).containsExactly("PUT a0", "PUT a1");
        assertThat(next.lease("a0").generation()).isEqualTo(1);
        assertThat(next.lease("a49").expiresAt()).isEqualTo(at(3649));
    }

    @Test
    void afterARestartWhatIsOverdueGoesFirstByDeadline() {
        daemon.watching(due("a", 1000, 3600), due("b", 1500, 3000), due("c", 1700, 2500), due("d", 4000, 5000));
        daemon.clock.advanceTo(at(2000));

        CoreInVirtualTime next = daemon.afterACrash().restored();
        next.tick();

        assertThat(gateway.said()).containsExactly("PUT c", "PUT b", "PUT a");
    }

    @Test
    void whatDiedWhileTheDaemonWasDownIsDeclaredLostAndMadeAnew() {
        daemon.watching(due("a", 1800, 3600));
        daemon.clock.advanceTo(at(8000));
        CoreInVirtualTime next = daemon.afterACrash().restored();

        next.tick();
        assertThat(next.events).hasSize(1).allMatch(RenewalEvent::isLoss);

        next.tickAt(at(8001));
        assertThat(gateway.said()).containsExactly("POST a");
        assertThat(next.lease("a").generation()).isEqualTo(2);
    }

    @Test
    void aRetryRowSurvivesARestart() {
        daemon.watching(due("a", 100, 3600));
        gateway.then("a", failed(Reason.UNREACHABLE));
        daemon.tickAt(at(100));

        CoreInVirtualTime next = daemon.afterACrash().restored();

        assertThat(next.lease("a").state()).isEqualTo(new Retrying(at(101), 1, at(100)));
        assertThat(next.lease("a").lastFailure().reason()).isEqualTo(Reason.UNREACHABLE);
    }
}
