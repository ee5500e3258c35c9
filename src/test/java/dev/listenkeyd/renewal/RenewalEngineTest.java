package dev.listenkeyd.renewal;

import static dev.listenkeyd.lease.Given.OTHER;
import static dev.listenkeyd.lease.Given.T0;
import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.Given.failed;
import static dev.listenkeyd.lease.Given.paused;
import static dev.listenkeyd.lease.OnLoss.RECREATE;
import static dev.listenkeyd.lease.OnLoss.REPORT;
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
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Lost;
import dev.listenkeyd.lease.LeaseState.Recovering;
import dev.listenkeyd.lease.LeaseState.Retrying;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Failed;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.lease.ScriptedGateway;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.simulation.CoreInVirtualTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullUnmarked
class RenewalEngineTest {
    private final CoreInVirtualTime daemon = new CoreInVirtualTime();
    private final ScriptedGateway gateway = daemon.gateway;
    private final List<CompletableFuture<AttemptResult>> requests = new ArrayList<>();

    // --- when, and in which order

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

    // --- in flight

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

    // --- failures

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

    // --- confirmation

    @ParameterizedTest(name = "{0}, {1} of 10 used: {2}")
    @CsvSource({
        "NEVER, 0, PUT a",
        "AUTO, 0, PUT a;POST a",
        "AUTO, 3, PUT a;POST a",
        "AUTO, 4, PUT a",
        "AUTO, 9, PUT a",
        "ALWAYS, 5, PUT a;POST a",
        "ALWAYS, 8, PUT a;POST a",
        "ALWAYS, 9, PUT a",
    })
    void confirmsAsConfigured(Confirmation confirmation, int used, String calls) {
        CoreInVirtualTime confirming = new CoreInVirtualTime(confirmation, 10).watching(due("a", 100, 3600));
        confirming.clock.advanceTo(at(100));
        confirming.gate.recall(used);

        confirming.tick();

        assertThat(confirming.gateway.said()).containsExactly(calls.split(";"));
        assertThat(confirming.lease("a").state()).isInstanceOf(Active.class);
    }

    @ParameterizedTest(name = "{0}, {1} more due within the window: {2}")
    @CsvSource({
        "AUTO, 198, PUT main;POST main",
        "AUTO, 199, PUT main",
        "ALWAYS, 198, PUT main;POST main",
        "ALWAYS, 199, PUT main",
    })
    void aConfirmationTakesNoWeightThatRenewalsNeed(Confirmation confirmation, int others, String calls) {
        CoreInVirtualTime confirming = new CoreInVirtualTime(confirmation, 200).watching(due("main", 100, 3600));
        IntStream.range(0, others).forEach(i -> confirming.watching(due("a" + i, 160, 3600)));
        confirming.watching(due("later", 160.001, 3600));
        confirming.clock.advanceTo(at(100));

        confirming.tick();

        assertThat(confirming.gateway.said()).containsExactly(calls.split(";"));
    }

    @Test
    void aFailedConfirmationTakesNothingBack() {
        CoreInVirtualTime confirming = new CoreInVirtualTime(Confirmation.ALWAYS, 10).watching(due("main", 100, 3600));
        confirming.gateway.then("main", new Renewed(at(100))).then("main", failed(Reason.UNREACHABLE));

        confirming.tickAt(at(100));

        assertThat(confirming.lease("main").expiresAt()).isEqualTo(at(3700));
        assertThat(confirming.lease("main").state()).isInstanceOf(Active.class);
        assertThat(confirming.lease("main").lastFailure()).isNull();
        assertThat(confirming.events)
                .hasSize(2)
                .allMatch(event -> confirming.lease("main").equals(event.after()));
    }

    @Test
    void aConfirmationThatIsPausedClosesTheGate() {
        CoreInVirtualTime confirming = new CoreInVirtualTime(Confirmation.ALWAYS, 10).watching(due("a", 100, 3600));
        confirming.gateway.then("a", new Renewed(at(100))).then("a", paused(Reason.THROTTLED, at(160)));

        confirming.tickAt(at(100));

        assertThat(confirming.gate.opensAt()).isEqualTo(at(160));
        assertThat(confirming.lease("a").state()).isInstanceOf(Active.class);
    }

    @Test
    void aConfirmationThatNamesAnotherKeyIsARotation() {
        CoreInVirtualTime confirming = new CoreInVirtualTime(Confirmation.ALWAYS, 10).watching(due("a", 100, 3600));
        confirming.gateway.then("a", new Renewed(at(100))).then("a", new Confirmed(at(100), OTHER, null));

        confirming.tickAt(at(100));

        assertThat(confirming.lease("a").generation()).isEqualTo(2);
        assertThat(confirming.events.get(1).isRotation()).isTrue();
        assertThat(confirming.events.get(1).isLoss()).isTrue();
    }

    @Test
    void theFirstPutIsSentAtRegistrationWhenThereIsRoom() {
        CoreInVirtualTime auto = new CoreInVirtualTime(Confirmation.AUTO, 10).watching(Given.pending(RECREATE));

        auto.tick();

        assertThat(auto.gateway.said()).containsExactly("POST main", "PUT main");
    }

    @Test
    void withReportNoPutIsSentWithoutWeightForTheQuestionAfterIt() {
        CoreInVirtualTime poor = new CoreInVirtualTime(Confirmation.NEVER, 1).watching(Given.adopted(REPORT));
        poor.gateway.always("main", lease -> new Renewed(poor.clock.instant()));

        poor.tick();

        assertThat(poor.gateway.said()).isEmpty();
        assertThat(poor.gate.weightUsed()).isZero();
        assertThat(poor.lease("main").lastFailure().reason()).isEqualTo(Reason.BUDGET);
        assertThat(poor.lease("main").isPending()).isTrue();
    }

    // --- loss

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

    // --- the exchange goes away and comes back

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

    // --- most keys die at once

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

    // --- the clock is set back

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

    // --- restart

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

    private static boolean isOf(RenewalEvent event, String account) {
        return event.lease().account().equals(account);
    }

    /** A key confirmed at T0. */
    private static Lease due(String account, double next, double deadline) {
        ListenKey key = new ListenKey(new Secret("old-key-of-" + account), T0, T0, at(deadline));
        Registration registration = Given.registration(account, RECREATE);
        return new Lease(registration, 1, key, new Active(at(next)), null, null, 1);
    }
}
