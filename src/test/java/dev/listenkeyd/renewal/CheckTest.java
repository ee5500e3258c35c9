package dev.listenkeyd.renewal;

import static dev.listenkeyd.lease.Given.T0;
import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.OnLoss.RECREATE;
import static dev.listenkeyd.lease.OnLoss.REPORT;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Lost;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.simulation.CoreInVirtualTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Checks between two renewals: what they ask, and what their answers change. */
@NullUnmarked
class CheckTest {
    private final CoreInVirtualTime daemon = new CoreInVirtualTime(Given.CHECKING, Confirmation.AUTO, 200);

    @Test
    void aCheckMovesTheDeadlineAndNotTheRenewal() {
        daemon.watching(lease("main", RECREATE));
        daemon.gateway.then("main", new Confirmed(at(60), Given.OURS, null));

        daemon.tickAt(at(60));

        Lease checked = daemon.lease("main");
        assertThat(daemon.gateway.said()).containsExactly("POST main");
        assertThat(checked.state()).isEqualTo(new Active(at(1800)));
        assertThat(checked.key()).isEqualTo(new ListenKey(Given.OURS, at(60), at(60), at(60), at(3660)));
        assertThat(checked.generation()).isEqualTo(1);
        assertThat(daemon.events)
                .singleElement()
                .matches(RenewalEvent::isCheck)
                .matches(event -> event.lateness() == null);
    }

    @Test
    void withReportACheckIsAPutWhichCreatesNothing() {
        daemon.watching(lease("main", REPORT));

        daemon.tickAt(at(60));

        assertThat(daemon.gateway.said()).containsExactly("PUT main");
        assertThat(daemon.lease("main").key()).isEqualTo(new ListenKey(Given.OURS, at(60), T0, at(60), at(3660)));
        assertThat(daemon.lease("main").state()).isEqualTo(new Active(at(1800)));
    }

    @Test
    void everyLeaseIsCheckedOnceAMinuteAndRenewedInItsTime() {
        daemon.watching(lease("main", RECREATE));
        daemon.gateway.always("main", lease -> new Confirmed(daemon.clock.instant(), Given.OURS, null));

        daemon.runUntil(at(1799));
        assertThat(daemon.gateway.said()).hasSize(29).containsOnly("POST main");

        daemon.gateway.always("main", lease -> new Renewed(daemon.clock.instant()));
        daemon.runUntil(at(1800));
        assertThat(daemon.gateway.said().get(29)).isEqualTo("PUT main");
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            names = {"NO_ACTIVE_KEY", "THROTTLED", "BANNED", "BLOCKED"},
            mode = EnumSource.Mode.EXCLUDE)
    void aFailedCheckChangesNothingAndIsRepeatedAMinuteLater(Reason reason) {
        Lease before = lease("main", RECREATE);
        daemon.watching(before);
        daemon.gateway.then("main", Given.failed(reason));

        daemon.runUntil(at(119));
        assertThat(daemon.lease("main")).isEqualTo(before);
        assertThat(daemon.gateway.said()).hasSize(1);
        assertThat(daemon.events).singleElement().matches(RenewalEvent::isCheck);

        daemon.tickAt(at(120));
        assertThat(daemon.gateway.said()).hasSize(2);
    }

    @Test
    void aKeyThatWasReplacedIsKnownAtTheNextCheck() {
        daemon.watching(lease("main", RECREATE));
        daemon.gateway.then("main", new Confirmed(at(60), Given.OTHER, null));

        daemon.tickAt(at(60));

        Lease rotated = daemon.lease("main");
        assertThat(rotated.generation()).isEqualTo(2);
        assertThat(rotated.key().value()).isEqualTo(Given.OTHER);
        assertThat(rotated.lastLoss().cause()).isEqualTo(LossCause.CLOSED_ELSEWHERE);
        assertThat(rotated.lastLoss().lostAt()).isEqualTo(T0);
        // Another key begins a life of its own, with renewals of its own.
        assertThat(rotated.state()).isEqualTo(new Active(at(60 + 1440)));
    }

    @Test
    void aKeyThatWasClosedIsLostAtTheNextCheckWithReport() {
        daemon.watching(lease("main", REPORT));
        daemon.gateway.then("main", Given.failed(Reason.NO_ACTIVE_KEY));

        daemon.tickAt(at(60));

        assertThat(daemon.lease("main").state()).isEqualTo(new Lost(at(60)));
        assertThat(daemon.events).singleElement().matches(RenewalEvent::isLoss);
    }

    @Test
    void aShorterLifeBringsTheRenewalForward() {
        daemon.watching(lease("main", RECREATE));
        daemon.gateway.then("main", new Confirmed(at(60), Given.OURS, at(660)));

        daemon.tickAt(at(60));

        assertThat(daemon.lease("main").expiresAt()).isEqualTo(at(660));
        assertThat(daemon.lease("main").state()).isEqualTo(new Active(at(60 + 240)));
    }

    @Test
    void aCallerWhoseRequestMeetsACheckGetsARenewal() {
        Lease lease = lease("main", RECREATE);
        daemon.watching(lease);
        List<CompletableFuture<AttemptResult>> requests = new ArrayList<>();
        daemon.gateway.then("main", any -> {
            requests.add(daemon.engine.renewNow(lease, ofSeconds(5)));
            return Given.failed(Reason.UNREACHABLE);
        });

        daemon.tickAt(at(60));

        assertThat(daemon.gateway.said()).startsWith("POST main", "PUT main");
        assertThat(requests.get(0)).isCompletedWithValueMatching(result -> result.outcome() instanceof Renewed);
    }

    @Test
    void nothingIsCheckedDuringAPause() {
        daemon.watching(lease("main", RECREATE));
        Given.call(daemon.gate, Given.paused(Reason.THROTTLED, at(600)));

        daemon.runUntil(at(599));

        assertThat(daemon.gateway.said()).isEmpty();
    }

    /** No renewal is due, so nothing else would find out. */
    @Test
    void aRareCheckFindsOutThatTheExchangeIsBack() {
        daemon.watching(lease("a", RECREATE), lease("b", RECREATE), lease("c", RECREATE));
        for (String account : new String[] {"a", "b", "c"}) {
            daemon.gateway.always(account, lease -> Given.failed(Reason.UNREACHABLE));
        }
        while (!daemon.gate.isAway()) {
            Given.call(daemon.gate, Given.failed(Reason.UNREACHABLE));
        }

        daemon.runUntil(at(659));
        assertThat(daemon.gateway.said()).as("one a minute").hasSize(10);

        for (String account : new String[] {"a", "b", "c"}) {
            daemon.gateway.always(account, lease -> new Confirmed(daemon.clock.instant(), Given.OURS, null));
        }
        daemon.runUntil(at(720));
        assertThat(daemon.gate.isAway()).isFalse();
    }

    @Test
    void withReportARenewalIsAlwaysConfirmedSinceNoCheckSeesAnotherKey() {
        CoreInVirtualTime poor = new CoreInVirtualTime(Given.CHECKING, Confirmation.AUTO, 5);
        poor.watching(lease("a", REPORT), lease("b", REPORT));
        poor.runUntil(at(1000));
        int before = poor.gateway.said().size();

        CompletableFuture<AttemptResult> renewal = poor.engine.renewNow(poor.lease("a"), ofSeconds(5));
        poor.lookAt(at(1000));

        assertThat(renewal).isDone();
        assertThat(poor.gateway.said().subList(before, poor.gateway.said().size()))
                .startsWith("PUT a", "POST a");
    }

    /** Of a budget of 5 a fifth is one call a minute, for three leases. */
    @Test
    void whereChecksWaitARenewalIsNotConfirmed() {
        CoreInVirtualTime poor = new CoreInVirtualTime(Given.CHECKING, Confirmation.AUTO, 5);
        poor.watching(lease("a", RECREATE), lease("b", RECREATE), lease("c", RECREATE));
        for (String account : new String[] {"a", "b", "c"}) {
            poor.gateway.always(account, lease -> new Confirmed(poor.clock.instant(), Given.OURS, null));
        }
        poor.runUntil(at(1000));
        poor.gateway.always("a", lease -> new Renewed(poor.clock.instant()));
        int before = poor.gateway.said().size();

        CompletableFuture<AttemptResult> renewal = poor.engine.renewNow(poor.lease("a"), ofSeconds(5));
        poor.lookAt(at(1000));

        assertThat(renewal).isDone();
        assertThat(poor.gateway.said().subList(before, poor.gateway.said().size()))
                .containsExactly("PUT a");
    }

    private static Lease lease(String account, OnLoss onLoss) {
        return Given.in(account, new Active(at(1800)), onLoss, at(3600));
    }
}
