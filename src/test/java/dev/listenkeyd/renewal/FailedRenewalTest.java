package dev.listenkeyd.renewal;

import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.Given.failed;
import static dev.listenkeyd.lease.Given.paused;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.RenewalEvent;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Failed attempts, and keys that die by the dozen. */
@NullUnmarked
class FailedRenewalTest extends EngineFixture {

    @Test
    void oneFailingAccountNeverDisturbsAnother() {
        daemon.watching(due("bad", 100, 3700), due("good", 100, 3700));
        gateway.always("bad", lease -> failed(Reason.CREDENTIALS_REFUSED));

        daemon.runUntil(at(3600 * 6));

        assertThat(daemon.lease("good").state()).isInstanceOf(Active.class);
        assertThat(daemon.lease("good").lastFailure()).isNull();
        assertThat(daemon.events).filteredOn(RenewalEvent::isLoss).allMatch(loss -> isOf(loss, "bad"));
        assertThat(gateway.calls.stream().filter(call -> call.account().equals("good")))
                .hasSize(15);
    }

    @Test
    void aGatewayThatThrowsIsAFailureAndDoesNotStopTheLoop() {
        daemon.watching(due("a", 100, 3700), due("b", 101, 3700));
        gateway.then("a", lease -> {
            throw new IllegalStateException("a defect, with a secret");
        });

        daemon.runUntil(at(103));

        assertThat(gateway.said()).containsExactlyInAnyOrder("PUT a", "PUT b", "PUT a");
        assertThat(daemon.events.get(0).after().lastFailure().reason()).isEqualTo(Reason.UNREACHABLE);
        assertThat(daemon.events.get(0).after().lastFailure().message()).doesNotContain("secret");
        assertThat(daemon.lease("a").state()).isInstanceOf(Active.class);
    }

    @Test
    void retriesExactlyWhenThePolicySaidSo() {
        daemon.watching(due("a", 100, 3700));
        gateway.then("a", failed(Reason.UNREACHABLE)).then("a", failed(Reason.UNREACHABLE));

        daemon.tickAt(at(100));
        daemon.tickAt(at(100.999));
        assertThat(gateway.calls).hasSize(1);
        daemon.tickAt(at(101));
        daemon.tickAt(at(102.999));
        assertThat(gateway.calls).hasSize(2);
        daemon.tickAt(at(103));

        assertThat(gateway.calls).hasSize(3);
        assertThat(daemon.lease("a").state()).isInstanceOf(Active.class);
    }

    @Test
    void anOutageUntilShortlyBeforeTheDeadlineLosesNothing() {
        daemon.watching(due("a", 100, 3700));
        gateway.always("a", lease -> failed(Reason.UNREACHABLE));
        daemon.runUntil(at(3697));
        gateway.heal();

        daemon.runUntil(at(3700));

        assertThat(daemon.lease("a").state()).isInstanceOf(Active.class);
        assertThat(daemon.events).noneMatch(RenewalEvent::isLoss);
    }

    @Test
    void aPauseSilencesAllAccountsAndIsProbedByOne() {
        daemon.watching(due("a", 100, 3600), due("b", 101, 3700), due("c", 101, 3800));
        gateway.then("a", paused(Reason.THROTTLED, at(160)));
        daemon.tickAt(at(100));

        daemon.runUntil(at(159));
        assertThat(gateway.said()).containsExactly("PUT a");

        daemon.clock.advanceTo(at(160));
        daemon.engine.tick();
        assertThat(daemon.executor.waiting()).isEqualTo(1);

        daemon.executor.runAll();
        assertThat(gateway.said()).containsExactly("PUT a", "PUT a", "PUT b", "PUT c");
    }

    @Test
    void aStoreThatIsDownDoesNotStopTheRenewing() {
        daemon.watching(due("a", 100, 3600));
        daemon.store.down = true;

        daemon.tickAt(at(100));

        assertThat(daemon.lease("a").expiresAt()).isEqualTo(at(3700));
        daemon.store.down = false;
        daemon.tickAt(at(101));
        assertThat(daemon.store.rows).containsEntry("a", daemon.lease("a"));
    }

    @Test
    void anExecutorThatRejectsCostsNeitherWeightNorTheLease() {
        daemon.watching(due("a", 100, 3600));
        daemon.executor.rejecting = true;
        daemon.tickAt(at(100));
        assertThat(daemon.gate.weightUsed()).isZero();

        daemon.executor.rejecting = false;
        daemon.tickAt(at(101));

        assertThat(gateway.said()).containsExactly("PUT a");
    }

    @Test
    void aStoppedEngineStartsNothingButFinishesWhatIsUnderWay() {
        daemon.watching(due("a", 100, 3600), due("b", 101, 3600));
        daemon.clock.advanceTo(at(100));
        daemon.engine.tick();

        daemon.engine.stop();
        daemon.executor.runAll();
        daemon.tickAt(at(200));

        assertThat(gateway.said()).containsExactly("PUT a");
        assertThat(daemon.lease("a").expiresAt()).isEqualTo(at(3700));
    }

    @Test
    void aWishIsAnsweredWhenPatienceEndsAndTheLeaseStaysDue() {
        daemon.watching(due("a", 1000, 3600));
        Given.call(daemon.gate, paused(Reason.BANNED, at(60)));
        CompletableFuture<AttemptResult> request = daemon.engine.renewNow(daemon.lease("a"), ofSeconds(5));

        daemon.tickAt(at(4.999));
        assertThat(request).isNotDone();
        daemon.tickAt(at(5));

        assertThat(request).isCompletedWithValueMatching(answer -> answer.outcome() == null && answer.lease() != null);
        daemon.tickAt(at(60));
        assertThat(gateway.said()).containsExactly("PUT a");
    }

    @Test
    void aMassFailureIsToldAndNewKeysAreMadeOneByOneUntilItWorks() {
        IntStream.range(0, 12).forEach(i -> daemon.watching(due("a" + i, 100, 3600)));
        IntStream.range(0, 12).forEach(i -> gateway.then("a" + i, failed(Reason.NO_ACTIVE_KEY)));
        daemon.tickAt(at(100));
        assertThat(daemon.fleetEvents).containsExactly(new FleetEvent.RecreationThrottled(10, 12));
        assertThat(daemon.engine.isRecreationThrottled()).isTrue();
        gateway.calls.clear();

        daemon.runUntil(at(110));
        assertThat(gateway.calls).hasSize(2);

        daemon.runUntil(at(113));
        assertThat(daemon.registry.all()).allMatch(Lease::isLive);
        assertThat(daemon.engine.isRecreationThrottled()).isFalse();
    }
}
