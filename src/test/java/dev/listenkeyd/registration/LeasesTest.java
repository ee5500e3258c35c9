package dev.listenkeyd.registration;

import static dev.listenkeyd.lease.Given.API_KEY;
import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.Given.failed;
import static dev.listenkeyd.lease.Given.paused;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.NOT_FOUND;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.STORE_UNAVAILABLE;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.UPSTREAM_UNAVAILABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.registration.OnDemandRenewals.Renewal;
import dev.listenkeyd.simulation.CoreInVirtualTime;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Requested renewals, restarts, configured accounts, and a disk that hangs. */
@NullUnmarked
class LeasesTest extends LeasesFixture {

    @Test
    void aRegistrationIsRefusedInBoundedTimeWhileTheDiskHangs() {
        daemon.store.hanging = true;
        CompletableFuture<Registered> first = leases.register(by("bot")).toCompletableFuture();
        CompletableFuture<Registered> second = leases.register(by("bot-2")).toCompletableFuture();

        daemon.tickAt(at(4.999));
        assertThat(first).isNotDone();
        daemon.tickAt(at(5));

        assertThat(refusal(() -> first)).isEqualTo(STORE_UNAVAILABLE);
        assertThat(refusal(() -> second)).as("it waited for the first").isEqualTo(STORE_UNAVAILABLE);
        CompletableFuture<Registered> third = leases.register(by("bot-3")).toCompletableFuture();
        assertThat(third).as("what is known to fail does not wait").isCompletedExceptionally();
        daemon.store.release();
        assertThat(daemon.store.rows).isEmpty();
        assertThat(done(leases.register(by("bot"))).created()).isTrue();
    }

    @Test
    void lossesAreNotReadFromADiskThatFailsOrHangs() {
        done(leases.register(by("bot")));
        assertThat(leases.losses("main", 0, 1)).isEmpty();
        assertThat(refusalOfLosses("nobody")).isEqualTo(NOT_FOUND);
        daemon.store.down = true;
        assertThat(refusalOfLosses("main")).isEqualTo(STORE_UNAVAILABLE);
        daemon.store.down = false;
        daemon.store.hanging = true;
        CompletionStage<Registered> unused = leases.register(by("bot-2"));

        daemon.tickAt(at(5));

        assertThat(refusalOfLosses("main")).isEqualTo(STORE_UNAVAILABLE);
        daemon.store.release();
        assertThat(leases.losses("main", 0, 1)).isEmpty();
    }

    private Refusal refusalOfLosses(String account) {
        return refusal(() -> CompletableFuture.completedFuture(leases.losses(account, 0, 1)));
    }

    @Test
    void renewalsAreMadeWhileTheDiskHangsAndAllIsWrittenWhenItGoesOn() {
        done(leases.register(by("bot")));
        daemon.store.hanging = true;

        daemon.runUntil(at(7200));

        assertThat(daemon.lease("main").expiresAt()).isAfter(at(7200));
        assertThat(daemon.events).noneMatch(RenewalEvent::isLoss);
        assertThat(daemon.fleetEvents).containsExactly(new FleetEvent.StoreFailing());
        daemon.store.release();
        daemon.tick();
        assertThat(daemon.store.rows).containsEntry("main", daemon.lease("main"));
        assertThat(daemon.fleetEvents).hasSize(2).last().isInstanceOf(FleetEvent.StoreRecovered.class);
    }

    /** A call that is made waits for no disk, and so it takes no place from the others. */
    @Test
    void closesThatWaitForTheDiskHoldUpNoRenewal() {
        int closing = ExchangeGate.MAX_CALLS_IN_FLIGHT;
        IntStream.range(0, closing)
                .forEach(i -> done(leases.register(request("closing" + i, API_KEY, null, null, "bot"))));
        done(leases.register(by("bot")));
        daemon.store.hanging = true;
        IntStream.range(0, closing).forEach(i -> leases.release("closing" + i, "bot", true));
        daemon.executor.runAll();
        assertThat(daemon.engine.inFlight()).isEqualTo(closing);

        assertThat(done(daemon.renewals.renew("main")).attempted()).isTrue();
    }

    @Test
    void renewMakesOneAttemptNowAndAnswersTheLeaseAfterIt() {
        done(leases.register(by("bot")));
        daemon.clock.advanceTo(at(100));

        Lease after = done(daemon.renewals.renew("main")).lease();

        assertThat(after.expiresAt()).isEqualTo(at(3700));
        assertThat(gateway.said()).containsExactly("POST main", "PUT main");
    }

    @Test
    void aFailedRenewalIsToldAsTheLeaseNotAsAnError() {
        done(leases.register(by("bot")));
        gateway.then("main", failed(Reason.UNREACHABLE));

        Lease after = done(daemon.renewals.renew("main")).lease();

        assertThat(after.lastFailure().reason()).isEqualTo(Reason.UNREACHABLE);
        assertThat(after.expiresAt()).isEqualTo(at(3600));
    }

    @Test
    void renewSaysSoWhenNoCallCouldLeave() {
        done(leases.register(by("bot")));
        Given.call(daemon.gate, paused(Reason.THROTTLED, at(60)));
        CompletionStage<Renewal> stage = daemon.renewals.renew("main");

        daemon.tickAt(at(5));

        assertThat(refusal(() -> stage)).isEqualTo(UPSTREAM_UNAVAILABLE);
    }

    @Test
    void whatIsNotHeldIsNotFound() {
        assertThat(refusal(() -> daemon.renewals.renew("nobody"))).isEqualTo(NOT_FOUND);
        assertThatThrownBy(() -> leases.get("nobody")).isInstanceOf(LeaseRefused.class);
    }

    @Test
    void configuredAccountsAreKeptWithoutACaller() {
        leases.restore(Set.of("configured"));

        daemon.tick();

        assertThat(daemon.lease("configured").registration().holders()).containsExactly(Leases.CONFIG_HOLDER);
        assertThat(daemon.lease("configured").state()).isInstanceOf(Active.class);
    }

    /** Its API key stands in a file, which is read again after a refusal. */
    @Test
    void aConfiguredAccountIsKeptEvenWhenItsFirstCallIsRefused() {
        gateway.then("configured", failed(Reason.CREDENTIALS_REFUSED));

        leases.restore(Set.of("configured"));
        daemon.runUntil(at(400));

        assertThat(daemon.lease("configured")).isNotNull();
        assertThat(gateway.calls).hasSizeGreaterThan(1);
    }

    @Test
    void aRestartCallsNobodyForWhatIsAlreadyKept() {
        leases.restore(Set.of("configured"));
        daemon.tick();
        CoreInVirtualTime next = daemon.afterACrash();
        next.registry.restore();

        next.leases.restore(Set.of("configured"));
        next.tickAt(at(1000));

        assertThat(gateway.said()).containsExactly("POST configured");
    }

    @Test
    void whatTheConfigurationNoLongerKeepsEndsUnlessOthersHoldIt() {
        done(leases.register(request("configured", null, null, null, Leases.CONFIG_HOLDER)));
        done(leases.register(request("held", API_KEY, null, null, Leases.CONFIG_HOLDER)));
        done(leases.register(request("held", API_KEY, null, null, "bot")));

        CoreInVirtualTime next = daemon.afterACrash().restored();

        assertThat(next.lease("configured")).isNull();
        assertThat(next.lease("held").registration().holders()).containsExactly("bot");
    }

    @Test
    void accountsThatTheConfigurationRegisteredCountAsConfigured() {
        done(leases.keepFromFolder("of-the-folder", API_KEY, false));
        done(leases.register(by("bot")));

        assertThat(leases.configured()).containsExactly("configured", "of-the-folder");
    }

    /** Another part of the configuration decides about them later. */
    @Test
    void aRestartReleasesNoUndecidedAccount() {
        done(leases.keepFromFolder("undecided", API_KEY, false));
        CoreInVirtualTime next = daemon.afterACrash();
        next.registry.restore();

        next.leases.restore(Set.of(), "undecided"::equals);

        assertThat(next.lease("undecided").registration().holders()).containsExactly(Leases.CONFIG_HOLDER);
    }

    @Test
    void leasesAreListedByAccountFromTheOneAfter() {
        Stream.of("c", "a", "b").forEach(account -> done(leases.register(request(account, API_KEY, null, null, "x"))));

        assertThat(leases.after("")).extracting(Lease::account).containsExactly("a", "b", "c");
        assertThat(leases.after("a")).extracting(Lease::account).containsExactly("b", "c");
        assertThat(leases.after("c")).isEmpty();
    }
}
