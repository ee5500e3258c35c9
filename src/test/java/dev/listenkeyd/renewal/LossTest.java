package dev.listenkeyd.renewal;

import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.Given.failed;
import static dev.listenkeyd.lease.Given.paused;
import static dev.listenkeyd.lease.OnLoss.REPORT;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Lost;
import dev.listenkeyd.lease.LeaseState.Recovering;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Lost keys, and what follows. */
@NullUnmarked
class LossTest extends EngineFixture {

    @Test
    void aLossIsDeclaredAtTheDeadlineEvenWhileTheGateIsClosed() {
        daemon.watching(due("a", 1800, 3600));
        Given.call(daemon.gate, paused(Reason.BANNED, at(86_400)));

        daemon.tickAt(at(3599.999));
        assertThat(daemon.events).isEmpty();

        daemon.tickAt(at(3600));
        assertThat(daemon.events).hasSize(1).allMatch(RenewalEvent::isLoss);
        assertThat(daemon.lease("a").state()).isEqualTo(new Recovering(at(3601), 0, at(3600)));
        assertThat(gateway.calls).isEmpty();
    }

    @Test
    void aLossIsDeclaredOnce() {
        daemon.watching(due("a", 1800, 3600));
        gateway.always("a", lease -> failed(Reason.UNREACHABLE));

        daemon.runUntil(at(8000));

        assertThat(daemon.events).filteredOn(RenewalEvent::isLoss).hasSize(1);
        assertThat(daemon.lease("a").state()).isInstanceOf(Recovering.class);
    }

    @Test
    void aLostKeyIsMadeAnew() {
        daemon.watching(due("a", 1800, 3600));
        gateway.then("a", failed(Reason.NO_ACTIVE_KEY));

        daemon.tickAt(at(1800));
        daemon.tickAt(at(1801));

        assertThat(gateway.said()).containsExactly("PUT a", "POST a");
        assertThat(daemon.lease("a").generation()).isEqualTo(2);
        assertThat(daemon.lease("a").lastLoss().recoveredAt()).isEqualTo(at(1801));
    }

    @Test
    void withReportNoKeyIsEverMade() {
        Lease lease = due("a", 1800, 3600);
        daemon.watching(lease.withRegistration(lease.registration().withOnLoss(REPORT)));
        gateway.then("a", failed(Reason.NO_ACTIVE_KEY));

        daemon.runUntil(at(9000));

        assertThat(gateway.said()).containsExactly("PUT a");
        assertThat(daemon.lease("a").state()).isInstanceOf(Lost.class);
    }

    @Test
    void withReportASilentLossIsTakenBackWhenTheOldKeyTurnsOutToLive() {
        Lease lease = due("a", 1800, 3600);
        daemon.watching(lease.withRegistration(lease.registration().withOnLoss(REPORT)));
        Given.call(daemon.gate, paused(Reason.BANNED, at(3700)));
        gateway.then("a", new Renewed(at(3700)))
                .then("a", new Confirmed(at(3700), daemon.lease("a").key().value(), null));
        daemon.tickAt(at(3600));

        daemon.tickAt(at(3700));

        assertThat(gateway.said()).containsExactly("PUT a", "POST a");
        assertThat(daemon.lease("a").state()).isInstanceOf(Active.class);
        assertThat(daemon.lease("a").generation()).isEqualTo(1);
    }

    /** Another thread asks for a renewal at the very moment at which the loop declares the loss. */
    @Test
    void aWishDuringTheDeclarationOfALossLeadsToOneCallOnly() {
        daemon.watching(due("a", 3700, 3600));
        daemon.clock.advanceTo(at(3600));
        daemon.store.meanwhile = () -> requests.add(daemon.engine.renewNow(daemon.lease("a"), ofSeconds(60)));
        daemon.engine.tick();

        daemon.clock.advanceTo(at(3601));
        daemon.engine.tick();

        assertThat(daemon.executor.waiting()).isEqualTo(1);
    }

    /** The listener of the end is where another thread may register the account again. */
    @Test
    void aLeaseThatBeginsWhileItsForerunnerEndsIsKeptInTheQueue() {
        daemon.watching(due("a", 1800, 3600));
        Given.call(daemon.gate, paused(Reason.BANNED, at(60)));
        daemon.meanwhile = () -> daemon.watching(due("a", 100, 3600));
        daemon.engine.end(daemon.lease("a"));

        daemon.tickAt(at(100));

        assertThat(gateway.said()).containsExactly("PUT a");
    }
}
