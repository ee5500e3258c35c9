package dev.listenkeyd.registration;

import static dev.listenkeyd.lease.Given.at;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.ScriptedGateway;
import dev.listenkeyd.registration.OnDemandRenewals.Renewal;
import dev.listenkeyd.renewal.Confirmation;
import dev.listenkeyd.simulation.CoreInVirtualTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Renewals for callers that ask more often than is of use. */
@NullUnmarked
class OnDemandRenewalsTest {
    private static final Duration FRESH = ofSeconds(60);
    private static final int LEASES = 100;
    private static final int WEIGHT = 30;
    private static final Duration HOURS = Duration.ofHours(3);

    private final CoreInVirtualTime daemon = new CoreInVirtualTime();

    @Test
    void aSuccessIsFreshUntilItIsSixtySecondsOld() {
        daemon.watching(lease("main", at(0), at(1800)));

        daemon.clock.advanceTo(at(60).minus(ofMillis(1)));
        Renewal known = done(daemon.renewals.renewUnlessFresh("main", FRESH));
        assertThat(known.attempted()).isFalse();
        assertThat(known.failure()).isNull();
        assertThat(daemon.gateway.calls).isEmpty();

        daemon.clock.advanceTo(at(60));
        Renewal renewed = done(daemon.renewals.renewUnlessFresh("main", FRESH));
        assertThat(renewed.attempted()).isTrue();
        assertThat(renewed.lease().expiresAt()).isEqualTo(at(60).plus(ofMinutes(60)));
        assertThat(daemon.gateway.said()).containsExactly("PUT main");
    }

    @Test
    void whatIsTriedAgainSoonIsNotTriedNow() {
        daemon.watching(lease("main", at(0), at(100)));
        daemon.gateway.always("main", lease -> Given.failed(Failure.Reason.UNREACHABLE));
        daemon.tickAt(at(100));
        Instant next = daemon.lease("main").state().nextAttemptAt();

        Renewal soon = done(daemon.renewals.renewUnlessFresh("main", FRESH));

        assertThat(soon.attempted()).isFalse();
        assertThat(soon.failure().reason()).isEqualTo(Failure.Reason.UNREACHABLE);
        assertThat(daemon.gateway.calls).hasSize(1);
        assertThat(daemon.lease("main").state().nextAttemptAt()).isEqualTo(next);
    }

    /** A person has mended the API key, say: nobody wants to wait for minutes. */
    @Test
    void whatIsTriedAgainLateIsTriedNow() {
        daemon.watching(lease("main", at(0), at(100)));
        daemon.gateway.always("main", lease -> Given.failed(Failure.Reason.CREDENTIALS_REFUSED));
        daemon.tickAt(at(100));
        assertThat(daemon.lease("main").state().nextAttemptAt()).isAfter(at(100).plus(FRESH));
        daemon.gateway.heal();

        assertThat(done(daemon.renewals.renewUnlessFresh("main", FRESH)).failure())
                .isNull();
    }

    @Test
    void whatFailsIsToldWithItsFailure() {
        daemon.watching(lease("main", at(0), at(1800)));
        daemon.gateway.then("main", Given.failed(Failure.Reason.UNREACHABLE));
        daemon.clock.advanceTo(at(100));

        Renewal failed = done(daemon.renewals.renewUnlessFresh("main", FRESH));

        assertThat(failed.attempted()).isTrue();
        assertThat(failed.failure().reason()).isEqualTo(Failure.Reason.UNREACHABLE);
    }

    @Test
    void weightThatDueRenewalsNeedIsNotGivenAway() {
        CoreInVirtualTime scarce = new CoreInVirtualTime(Confirmation.NEVER, 2);
        scarce.watching(
                lease("asked", at(0), at(1800)), lease("due-1", at(0), at(101)), lease("due-2", at(0), at(159)));
        scarce.clock.advanceTo(at(100));

        assertThatThrownBy(() -> scarce.renewals.renewUnlessFresh("asked", FRESH))
                .isInstanceOf(LeaseRefused.class)
                .hasMessageContaining("kept for renewals that are due");
        assertThat(scarce.gateway.calls).isEmpty();
    }

    @Test
    void whoGetsNoCallInTimeIsToldTheOneReason() {
        daemon.watching(lease("main", at(0), at(1800)));
        daemon.clock.advanceTo(at(100));
        CompletionStage<Renewal> hanging = daemon.renewals.renew("main");
        daemon.clock.advance(CoreInVirtualTime.PATIENCE);
        daemon.engine.tick();
        assertThatThrownBy(() -> hanging.toCompletableFuture().join())
                .hasMessageContaining("the call has left, but the exchange has not answered within 5 s");
        daemon.executor.runAll();

        Given.call(daemon.gate, Given.paused(Failure.Reason.BLOCKED, at(3000)));
        CompletionStage<Renewal> paused = daemon.renewals.renew("main");
        daemon.clock.advance(CoreInVirtualTime.PATIENCE);
        daemon.engine.tick();
        assertThatThrownBy(() -> paused.toCompletableFuture().join())
                .hasMessageContaining("no call could leave within 5 s: no call may leave before " + at(3000))
                .hasMessageEndingWith(
                        "a firewall of the exchange blocks this machine's address; the renewal stays due");
    }

    /** Every second it asks for half of the leases; the others wait for their time. */
    @Test
    void whoAsksInALoopMakesNoRenewalLate() {
        CoreInVirtualTime busy = new CoreInVirtualTime(Confirmation.NEVER, WEIGHT);
        busy.watching(IntStream.range(0, LEASES)
                .mapToObj(i -> lease("desk-" + i, at(0), at(1440 + 3.6 * i)))
                .toArray(Lease[]::new));

        int granted = 0;
        for (Instant end = at(0).plus(HOURS); busy.clock.instant().isBefore(end); ) {
            busy.clock.advance(ofSeconds(1));
            busy.tick();
            for (int i = 0; i < LEASES; i += 2) {
                granted += asksFor(busy, "desk-" + i);
            }
        }

        List<Duration> late = busy.events.stream()
                .map(RenewalEvent::lateness)
                .filter(Objects::nonNull)
                .toList();
        assertThat(late).allMatch(lateness -> lateness.compareTo(ofSeconds(1)) <= 0);
        assertThat(granted).as("it is served all the same").isPositive();
        assertThat(busy.gateway.calls.size()).isLessThanOrEqualTo(WEIGHT * Math.toIntExact(HOURS.toMinutes() + 1));
        assertThat(busy.events).noneMatch(RenewalEvent::isLoss);
    }

    /** The daemon's own attempts come when they would have come, and no later for those that failed ahead of them. */
    @Test
    void whoAsksInALoopDuringAnOutageDoesNotPushBackTheNextAttempt() {
        Instant alone = recoveredAfterAnOutage(new CoreInVirtualTime(), false);
        Instant pestered = recoveredAfterAnOutage(new CoreInVirtualTime(), true);

        assertThat(pestered).isBeforeOrEqualTo(alone);
    }

    /** The exchange is away for 40 s; who asks stops just before it is back. */
    private static Instant recoveredAfterAnOutage(CoreInVirtualTime daemon, boolean pestered) {
        daemon.watching(lease("main", at(0), at(1800)));
        daemon.gateway.always("main", lease -> Given.failed(Failure.Reason.UNREACHABLE));
        while (daemon.clock.instant().isBefore(at(1840))) {
            daemon.clock.advance(ofSeconds(1));
            daemon.tick();
            if (pestered && daemon.clock.instant().isBefore(at(1838))) {
                asksFor(daemon, "main");
            }
        }
        daemon.gateway.heal();
        while (daemon.lease("main").state().failures() > 0) {
            daemon.clock.advance(ofSeconds(1));
            daemon.tick();
        }
        return daemon.clock.instant();
    }

    private static int asksFor(CoreInVirtualTime daemon, String account) {
        try {
            CompletionStage<Renewal> stage = daemon.renewals.renewUnlessFresh(account, FRESH);
            daemon.executor.runAll();
            return stage.toCompletableFuture().isDone()
                            && stage.toCompletableFuture().join().attempted()
                    ? 1
                    : 0;
        } catch (LeaseRefused e) {
            return 0;
        }
    }

    private Renewal done(CompletionStage<Renewal> stage) {
        daemon.executor.runAll();
        return stage.toCompletableFuture().join();
    }

    private static Lease lease(String account, Instant success, Instant due) {
        Lease active = Given.in(account, new Active(due), OnLoss.RECREATE, success.plus(ofMinutes(60)));
        ListenKey key = active.key();
        ListenKey own = new ListenKey(ScriptedGateway.keyOf(account), success, key.confirmedAt(), key.expiresAt());
        return active.withKey(1, own, new Active(due), null);
    }
}
