package dev.listenkeyd.simulation;

import static dev.listenkeyd.lease.Given.at;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Recovering;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.ScriptedGateway;
import dev.listenkeyd.renewal.Confirmation;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Keys that died in an outage: how soon after the exchange's return others take their place, and at what cost. */
@NullUnmarked
@Execution(ExecutionMode.CONCURRENT)
class NewKeyAfterOutageTest {
    /** As the application looks for what may leave. */
    private static final Duration LOOK = ofMillis(200);

    private static final int BUDGET = 200;

    private final CoreInVirtualTime daemon = new CoreInVirtualTime(Confirmation.NEVER, BUDGET);

    static Stream<Arguments> returns() {
        return Stream.of(1, 2, 9, 40, 100)
                .flatMap(fleet -> Stream.of(180.0, 200.3, 1000.7, 5000.1).map(away -> Arguments.of(fleet, away)));
    }

    @ParameterizedTest(name = "{0} keys, {1} s")
    @MethodSource("returns")
    void everyLostKeyIsReplacedWithinTwoSecondsOfTheReturn(int fleet, double away) {
        lost(fleet);
        failing(Reason.UNREACHABLE);
        runUntil(at(away));
        assertThat(live()).isZero();

        daemon.gateway.heal();
        runUntil(at(away + 2));

        assertThat(live()).isEqualTo(fleet);
    }

    /** More than the budget can replace at once: half of it is free for that, the rest follows as weight comes back. */
    @ParameterizedTest
    @CsvSource({"400, 180", "400, 1000.7"})
    void ofALargeFleetAsManyAsTheBudgetAllows(int fleet, double away) {
        lost(fleet);
        failing(Reason.UNREACHABLE);
        runUntil(at(away));

        daemon.gateway.heal();
        runUntil(at(away + 2));
        assertThat(live()).isGreaterThanOrEqualTo(BUDGET / 2L);

        runUntil(at(away + 2 * 60 + 2));
        assertThat(live()).isEqualTo(fleet);
    }

    /** The renewal of a living key is what meets the exchange again. */
    @ParameterizedTest
    @CsvSource({"0", "0.4", "1.1"})
    void theReturnThatAnothersCallFindsCountsForAll(double offset) {
        lost(1);
        daemon.watching(Given.in("alive", new Active(at(600)), OnLoss.RECREATE, at(3000)));
        failing(Reason.UNREACHABLE);
        runUntil(at(700 + offset));

        daemon.gateway.heal();
        daemon.renewals.renew("alive");
        runUntil(at(702 + offset));

        assertThat(live()).isEqualTo(2);
    }

    @Test
    void aRegistrationThatNeverHadAKeyIsServedAsSoon() {
        daemon.watching(Given.pending(OnLoss.RECREATE));
        failing(Reason.UNREACHABLE);
        runUntil(at(900.5));

        daemon.gateway.heal();
        runUntil(at(902.5));

        assertThat(live()).isEqualTo(1);
    }

    @Test
    void awayTheRetriesUseHalfOfTheBudgetAtMost() {
        lost(40);
        failing(Reason.UNREACHABLE);

        runUntil(at(1000));

        assertThat(mostCallsInAWindow()).isBetween(BUDGET / 4L, BUDGET / 2L);
    }

    /** Their calls go on failing while those of all others work. */
    @Test
    void whatFailsByItselfMakesNoRenewalLate() {
        lost(30);
        IntStream.range(0, 30)
                .forEach(i -> daemon.gateway.always("lost" + i, lease -> Given.failed(Reason.UNREACHABLE)));
        daemon.watching(IntStream.range(0, 1500)
                .mapToObj(i -> Given.in("alive" + i, new Active(at(i + 60)), OnLoss.RECREATE, at(1860 + i)))
                .toArray(Lease[]::new));

        runUntil(at(3600));

        List<Duration> late = daemon.events.stream()
                .filter(event -> event.before() != null && event.before().isLive())
                // When all begin to fail at once they double their gaps only step by step.
                .filter(event -> event.at().isAfter(at(180)))
                .map(RenewalEvent::lateness)
                .filter(Objects::nonNull)
                .toList();
        assertThat(late).hasSizeGreaterThan(2800).allMatch(lateness -> lateness.compareTo(ofSeconds(1)) <= 0);
        assertThat(daemon.events).noneMatch(RenewalEvent::isLoss);
    }

    @Test
    void theWeightOfRenewalsThatAreDueSoonIsLeftAlone() {
        CoreInVirtualTime scarce = new CoreInVirtualTime(Confirmation.NEVER, 60);
        scarce.watching(recovering("lost0"));
        scarce.gateway.always("lost0", lease -> Given.failed(Reason.UNREACHABLE));
        scarce.watching(IntStream.range(0, 60)
                .mapToObj(i -> Given.in("alive" + i, new Active(at(59)), OnLoss.RECREATE, at(1800)))
                .toArray(Lease[]::new));

        for (Instant end = at(58); scarce.clock.instant().isBefore(end); ) {
            scarce.lookAt(scarce.clock.instant().plus(LOOK));
        }

        assertThat(scarce.gateway.calls)
                .as("those that were due, 1 s, 2 s, 4 s ... apart")
                .hasSize(6);
    }

    @ParameterizedTest
    @CsvSource({"THROTTLED", "BANNED", "BLOCKED"})
    void noCallLeavesInAPauseAndAfterItAllAreReplaced(Reason reason) {
        lost(40);
        daemon.gateway.always("lost0", lease -> Given.paused(reason, at(400)));
        IntStream.range(1, 40).forEach(i -> daemon.gateway.always("lost" + i, lease -> Given.paused(reason, at(400))));

        runUntil(at(399.9));
        assertThat(daemon.gateway.calls)
                .as("what left before the first reply was in")
                .hasSize(40);

        daemon.gateway.heal();
        runUntil(at(402));
        assertThat(live()).isEqualTo(40);
    }

    @Test
    void whatOnlyAPersonCanMendIsNotHurried() {
        lost(1);
        failing(Reason.CREDENTIALS_REFUSED);

        runUntil(at(1000));

        assertThat(daemon.gateway.calls).hasSizeBetween(4, 10);
    }

    private void lost(int fleet) {
        daemon.chance = 0.9;
        IntStream.range(0, fleet).forEach(i -> daemon.watching(recovering("lost" + i)));
    }

    private static Lease recovering(String account) {
        return Given.in(account, new Recovering(at(0), 0, at(-1)), OnLoss.RECREATE, at(-1))
                .withLoss(new Recovering(at(0), 0, at(-1)), Given.loss(LossCause.EXPIRED, at(-3600), null, "0a1b2c3d"));
    }

    private void failing(Reason reason) {
        daemon.registry
                .all()
                .forEach(lease -> daemon.gateway.always(
                        lease.account(),
                        asked -> new RenewalOutcome.Failed(Given.failure(reason, daemon.clock.instant()))));
    }

    /** As the application runs: a tick every second, and looks in between. */
    private void runUntil(Instant end) {
        while (daemon.clock.instant().isBefore(end)) {
            Instant look = daemon.clock.instant().plus(LOOK);
            Instant next = look.isAfter(end) ? end : look;
            if (next.toEpochMilli() % 1000 < LOOK.toMillis()) {
                daemon.tickAt(next);
            } else {
                daemon.lookAt(next);
            }
        }
    }

    private long live() {
        return daemon.registry.all().stream().filter(Lease::isLive).count();
    }

    private long mostCallsInAWindow() {
        List<Instant> calls = daemon.gateway.calls.stream()
                .map(ScriptedGateway.Call::at)
                .filter(at -> at.isAfter(at(100)))
                .toList();
        return calls.stream()
                .mapToLong(from -> calls.stream()
                        .filter(call -> !call.isBefore(from) && call.isBefore(from.plus(ofMinutes(1))))
                        .count())
                .max()
                .orElse(0);
    }
}
