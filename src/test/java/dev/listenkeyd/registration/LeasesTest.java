package dev.listenkeyd.registration;

import static dev.listenkeyd.lease.Given.API_KEY;
import static dev.listenkeyd.lease.Given.OTHER;
import static dev.listenkeyd.lease.Given.OURS;
import static dev.listenkeyd.lease.Given.T0;
import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.Given.failed;
import static dev.listenkeyd.lease.Given.paused;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.ACCOUNT_UNKNOWN;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.ANOTHER_KEY_ACTIVE;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.API_KEY_DIFFERS;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.CREDENTIALS_REFUSED;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.FORBIDDEN;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.FULL;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.HOLDERS_REMAIN;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.INVALID_REQUEST;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.NOT_FOUND;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.NO_ACTIVE_KEY;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.STORE_UNAVAILABLE;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.UPSTREAM_UNAVAILABLE;
import static dev.listenkeyd.lease.OnLoss.RECREATE;
import static dev.listenkeyd.lease.OnLoss.REPORT;
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
import dev.listenkeyd.lease.LeaseState.Pending;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.lease.ScriptedGateway;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.registration.Leases.Registered;
import dev.listenkeyd.registration.Leases.Request;
import dev.listenkeyd.registration.OnDemandRenewals.Renewal;
import dev.listenkeyd.simulation.CoreInVirtualTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@NullUnmarked
class LeasesTest {
    private static final Secret NEW_API_KEY = new Secret("new-api-key");
    /** The only one of an open API. */
    private static final String CLIENT = "default";

    private final CoreInVirtualTime daemon = new CoreInVirtualTime();
    private final ScriptedGateway gateway = daemon.gateway;
    private final Leases leases = daemon.leases;

    // --- registration

    @Test
    void aNewLeaseIsActiveAfterItsFirstCall() {
        Registered registered = done(leases.register(by("bot")));

        assertThat(registered.created()).isTrue();
        assertThat(registered.lease().state()).isInstanceOf(Active.class);
        assertThat(registered.lease().generation()).isEqualTo(1);
        assertThat(registered.lease().onLoss()).isEqualTo(RECREATE);
        assertThat(gateway.said()).containsExactly("POST main");
    }

    @Test
    void aRegistrationIsDurableBeforeTheExchangeIsCalled() {
        List<Lease> stored = new ArrayList<>();
        gateway.then("main", lease -> {
            stored.addAll(daemon.store.rows.values());
            return new Confirmed(T0, OURS, null);
        });

        done(leases.register(by("bot")));

        assertThat(stored).extracting(Lease::account).containsExactly("main");
    }

    @Test
    void aRegistrationThatCannotBeStoredCallsNobodyAndKeepsNothing() {
        daemon.store.down = true;

        assertThat(refusal(() -> leases.register(by("bot")))).isEqualTo(STORE_UNAVAILABLE);

        daemon.store.down = false;
        daemon.tickAt(at(100));
        assertThat(gateway.said()).isEmpty();
        assertThat(daemon.registry.all()).isEmpty();
        assertThat(daemon.store.rows).isEmpty();
    }

    @Test
    void registeringAgainChangesNothing() {
        done(leases.register(by("bot")));

        Registered again = done(leases.register(by("bot")));

        assertThat(again.created()).isFalse();
        assertThat(again.lease().registration().holders()).containsExactly("bot");
        assertThat(gateway.said()).containsExactly("POST main");
    }

    @Test
    void aSecondHolderJoinsTheLeaseWithoutACall() {
        done(leases.register(by("bot")));

        Registered second = done(leases.register(request("main", null, null, null, "audit")));

        assertThat(second.created()).isFalse();
        assertThat(second.lease().registration().holders()).containsExactly("audit", "bot");
        assertThat(daemon.store.rows.get("main").registration().holders()).hasSize(2);
        assertThat(gateway.said()).hasSize(1);
    }

    @Test
    void aSecondRegistrationJoinsTheCallOfTheFirst() {
        CompletionStage<Registered> first = leases.register(by("a"));
        CompletionStage<Registered> second = leases.register(by("b"));

        daemon.executor.runAll();

        assertThat(done(first).created()).isTrue();
        assertThat(done(second).created()).isFalse();
        assertThat(done(second).lease().state()).isInstanceOf(Active.class);
        assertThat(gateway.said()).hasSize(1);
    }

    @Test
    void concurrentRegistrationsMakeOneLease() {
        List<CompletableFuture<CompletionStage<Registered>>> calls = IntStream.range(0, 16)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> leases.register(by("bot-" + i))))
                .toList();
        List<CompletionStage<Registered>> stages =
                calls.stream().map(CompletableFuture::join).toList();

        daemon.executor.runAll();

        assertThat(stages.stream().filter(stage -> done(stage).created())).hasSize(1);
        assertThat(daemon.lease("main").registration().holders()).hasSize(16);
        assertThat(gateway.said()).containsExactly("POST main");
    }

    static Stream<Arguments> refusals() {
        Request plain = request("main", API_KEY, null, null, "bot");
        Request report = request("main", API_KEY, OURS, REPORT, "bot");
        return Stream.of(
                Arguments.of(ACCOUNT_UNKNOWN, request("main", null, null, null, "bot"), List.of()),
                Arguments.of(INVALID_REQUEST, request("configured", API_KEY, null, null, "bot"), List.of()),
                Arguments.of(CREDENTIALS_REFUSED, plain, List.of(failed(Reason.CREDENTIALS_REFUSED))),
                Arguments.of(CREDENTIALS_REFUSED, report, List.of(failed(Reason.CREDENTIALS_REFUSED))),
                Arguments.of(NO_ACTIVE_KEY, report, List.of(failed(Reason.NO_ACTIVE_KEY))),
                Arguments.of(ANOTHER_KEY_ACTIVE, report, List.of(new Renewed(T0), new Confirmed(T0, OTHER, null))));
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource("refusals")
    void whatIsRefusedIsNotKept(Refusal expected, Request request, List<RenewalOutcome> replies) {
        replies.forEach(reply -> gateway.then("main", reply));

        assertThat(refusal(() -> leases.register(request))).isEqualTo(expected);

        assertThat(daemon.registry.all()).isEmpty();
        assertThat(daemon.store.rows).isEmpty();
        daemon.runUntil(at(600));
        assertThat(gateway.calls).hasSize(replies.size());
    }

    @Test
    void withReportAnAdoptedKeyIsNeverCreatedBehindItsBack() {
        gateway.then("main", failed(Reason.NO_ACTIVE_KEY));

        refusal(() -> leases.register(request("main", API_KEY, OURS, REPORT, "bot")));

        assertThat(gateway.said()).containsExactly("PUT main");
    }

    @Test
    void aRefusalComesThroughEvenWhenItsRemovalCannotBeStored() {
        gateway.then("main", lease -> {
            daemon.store.down = true;
            return failed(Reason.CREDENTIALS_REFUSED);
        });
        CompletionStage<Registered> stage = leases.register(by("bot"));

        daemon.executor.runAll();

        assertThat(stage.toCompletableFuture().handle((registered, thrown) -> causeOf(thrown)))
                .isCompletedWithValueMatching(LeaseRefused.class::isInstance);
    }

    /** A failure of long ago does not explain why this registration is refused. */
    @Test
    void theReasonOfARefusalIsThatOfItsOwnAttempt() {
        Request adopt = request("main", API_KEY, OURS, REPORT, "bot");
        gateway.then("main", failed(Reason.UNREACHABLE))
                .then("main", new Renewed(T0))
                .then("main", new Confirmed(T0, OTHER, null));
        done(leases.register(adopt));

        assertThat(refusal(() -> leases.register(adopt))).isEqualTo(ANOTHER_KEY_ACTIVE);
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            names = {"UNREACHABLE", "GARBLED", "BAD_REQUEST", "GONE", "BUDGET"})
    void whatMayHealIsKeptAndGoesOn(Reason reason) {
        gateway.then("main", failed(reason));

        Registered registered = done(leases.register(by("bot")));
        daemon.runUntil(at(301));

        assertThat(registered.created()).isTrue();
        assertThat(registered.lease().state()).isInstanceOf(Pending.class);
        assertThat(daemon.lease("main").state()).isInstanceOf(Active.class);
    }

    @Test
    void aRegistrationThatFindsTheGateClosedIsPendingWhenPatienceEnds() {
        Given.call(daemon.gate, paused(Reason.BANNED, at(60)));
        CompletableFuture<Registered> stage = leases.register(by("bot")).toCompletableFuture();

        daemon.tickAt(at(4.999));
        assertThat(stage).isNotDone();
        daemon.tickAt(at(5));

        assertThat(stage)
                .isCompletedWithValueMatching(
                        done -> done.created() && done.lease().isPending());
        daemon.tickAt(at(60));
        assertThat(daemon.lease("main").state()).isInstanceOf(Active.class);
    }

    @Test
    void aPendingLeaseSurvivesACrash() {
        Given.call(daemon.gate, paused(Reason.BANNED, at(60)));
        leases.register(by("bot"));

        CoreInVirtualTime next = daemon.afterACrash().restored();
        next.tick();

        assertThat(next.lease("main").state()).isInstanceOf(Active.class);
    }

    @Test
    void anotherActiveKeyTakesThePlaceOfAnAdoptedOne() {
        Registered registered = done(leases.register(request("main", API_KEY, OURS, RECREATE, "bot")));

        assertThat(registered.lease().generation()).isEqualTo(2);
        assertThat(registered.lease().lastLoss().fingerprint()).isEqualTo(OURS.fingerprint());
    }

    @Test
    void anAdoptedKeyIsComparedWithTheOneThatIsHeld() {
        done(leases.register(request("main", API_KEY, null, REPORT, "bot")));

        Request same = request("main", null, ScriptedGateway.keyOf("main"), null, "b");
        Request other = request("main", null, OTHER, null, "c");

        assertThat(refusal(() -> leases.register(same))).isNull();
        assertThat(refusal(() -> leases.register(other))).isEqualTo(ANOTHER_KEY_ACTIVE);
        assertThat(daemon.lease("main").state()).isInstanceOf(Active.class);
    }

    @Test
    void theHoldersOfAClientAreBoundedAndItsOwnNameAlwaysHasAPlace() {
        int most = Registration.MAX_HOLDERS / Registration.MAX_HOLDERS_PER_CLIENT;
        for (int client = 0; client < most; client++) {
            for (int i = 0; i < Registration.MAX_HOLDERS_PER_CLIENT; i++) {
                done(leases.register(holder("c" + client + "-" + i, "c" + client)));
            }
        }

        assertThat(refusal(() -> leases.register(holder("one-more", "c0")))).isEqualTo(INVALID_REQUEST);
        assertThat(refusal(() -> leases.register(holder("of-another", "late")))).isEqualTo(INVALID_REQUEST);
        assertThat(refusal(() -> leases.register(holder("late", "late")))).isNull();
        assertThat(refusal(() -> leases.register(holder("c0", "c0")))).isNull();
        assertThat(refusal(() -> leases.register(holder("c0-7", "c0")))).isNull();
    }

    @Test
    void oneClientDoesNotTakeThePlacesOfOthers() {
        for (int i = 0; i < Registration.MAX_HOLDERS_PER_CLIENT; i++) {
            done(leases.register(holder("bot-" + i, "greedy")));
        }

        assertThat(refusal(() -> leases.register(holder("one-more", "greedy")))).isEqualTo(INVALID_REQUEST);
        assertThat(refusal(() -> leases.register(holder("of-another", "modest"))))
                .isNull();
    }

    private static Request holder(String holder, String client) {
        return request("main", API_KEY, null, null, holder, client);
    }

    @Test
    void registrationsAboveTheMostAreRefusedUntilOneHasGone() {
        for (int i = 0; i < CoreInVirtualTime.MOST_LEASES; i++) {
            leases.register(request("a" + i, API_KEY, null, null, "bot"));
        }

        assertThat(refusal(() -> leases.register(by("bot")))).isEqualTo(FULL);

        leases.release("a7", "bot", false);
        leases.register(by("bot"));
        assertThat(daemon.lease("main")).isNotNull();
    }

    @Test
    void whetherAKeyWasAdoptedIsTold() {
        Secret active = ScriptedGateway.keyOf("main");

        assertThat(done(leases.register(request("main", API_KEY, OURS, RECREATE, "bot")))
                        .adopted())
                .isFalse();
        assertThat(done(leases.register(request("main", API_KEY, active, RECREATE, "bot")))
                        .adopted())
                .isTrue();
        assertThat(done(leases.register(request("main", API_KEY, OURS, RECREATE, "bot")))
                        .adopted())
                .isFalse();
        assertThat(done(leases.register(by("bot"))).adopted()).isNull();
    }

    @Test
    void aJoinThatCannotBeStoredIsTakenBack() {
        done(leases.register(by("bot")));
        daemon.store.down = true;

        assertThat(refusal(() -> leases.register(by("audit")))).isEqualTo(STORE_UNAVAILABLE);

        assertThat(daemon.lease("main").registration().holders()).containsExactly("bot");
    }

    @Test
    void aLostLeaseThatMayNowBeMadeAnewIsTriedUntilItWorks() {
        done(leases.register(request("main", API_KEY, null, REPORT, "bot")));
        gateway.then("main", failed(Reason.NO_ACTIVE_KEY)).then("main", failed(Reason.UNREACHABLE));
        daemon.runUntil(at(1800));

        done(leases.register(request("main", null, null, RECREATE, "bot")));
        daemon.runUntil(at(1860));

        assertThat(daemon.lease("main").state()).isInstanceOf(Active.class);
    }

    @Test
    void anAccountThatWasReleasedAndRegisteredAgainIsJudgedByItsOwnCall() {
        done(leases.register(by("bot")));
        List<CompletionStage<Registered>> stages = new ArrayList<>();
        gateway.then("main", lease -> {
            leases.release("main", "bot", false);
            stages.add(leases.register(request("main", NEW_API_KEY, null, null, "bot")));
            return failed(Reason.CREDENTIALS_REFUSED);
        });

        daemon.runUntil(at(1800));

        assertThat(done(stages.get(0)).lease().state()).isInstanceOf(Active.class);
        assertThat(done(stages.get(0)).lease().lastFailure()).isNull();
    }

    @Test
    void aRefusedJoinDoesNotEndALeaseThatOthersHold() {
        daemon.leases.restore(Set.of("configured"));
        gateway.then("configured", failed(Reason.CREDENTIALS_REFUSED))
                .then("configured", failed(Reason.CREDENTIALS_REFUSED));
        daemon.tick();

        assertThat(refusal(() -> leases.register(request("configured", null, null, null, "bot"))))
                .isEqualTo(CREDENTIALS_REFUSED);

        assertThat(daemon.lease("configured").registration().holders()).containsExactly("config");
    }

    // --- another API key

    @Test
    void anAcceptedApiKeyReplacesTheOldOne() {
        done(leases.register(by("bot")));

        done(leases.register(request("main", NEW_API_KEY, null, null, "bot")));

        assertThat(daemon.lease("main").registration().apiKey()).isEqualTo(NEW_API_KEY);
        assertThat(daemon.store.rows.get("main").registration().apiKey()).isEqualTo(NEW_API_KEY);
        assertThat(daemon.lease("main").generation()).isEqualTo(1);
    }

    @Test
    void anApiKeyIsTriedWithItself() {
        done(leases.register(by("bot")));
        List<Secret> tried = new ArrayList<>();
        gateway.then("main", lease -> {
            tried.add(lease.registration().apiKey());
            return failed(Reason.CREDENTIALS_REFUSED);
        });

        refusal(() -> leases.register(request("main", NEW_API_KEY, null, null, "bot")));

        assertThat(tried).containsExactly(NEW_API_KEY);
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            names = {"CREDENTIALS_REFUSED", "UNREACHABLE", "THROTTLED"})
    void anApiKeyThatDidNotWorkChangesNothing(Reason reason) {
        Lease before = done(leases.register(by("bot"))).lease();
        gateway.then("main", failed(reason));

        Refusal refusal = refusal(() -> leases.register(request("main", NEW_API_KEY, null, null, "bot")));

        assertThat(refusal)
                .isEqualTo(reason == Reason.CREDENTIALS_REFUSED ? CREDENTIALS_REFUSED : UPSTREAM_UNAVAILABLE);
        assertThat(daemon.lease("main").registration().apiKey()).isEqualTo(API_KEY);
        assertThat(daemon.lease("main").state()).isEqualTo(before.state());
        assertThat(daemon.lease("main").expiresAt()).isEqualTo(before.expiresAt());
    }

    @Test
    void anApiKeyThatCouldNotBeTriedChangesNothing() {
        done(leases.register(by("bot")));
        Given.call(daemon.gate, paused(Reason.BANNED, at(600)));
        CompletionStage<Registered> stage = leases.register(request("main", NEW_API_KEY, null, null, "bot"));

        daemon.tickAt(at(5));
        daemon.runUntil(at(700));

        assertThat(refusal(() -> stage)).isEqualTo(UPSTREAM_UNAVAILABLE);
        assertThat(daemon.lease("main").registration().apiKey()).isEqualTo(API_KEY);
    }

    @Test
    void whoComesWithARefusedApiKeyDoesNotBecomeAHolder() {
        done(leases.register(by("bot")));
        gateway.then("main", failed(Reason.CREDENTIALS_REFUSED));

        refusal(() -> leases.register(request("main", NEW_API_KEY, null, REPORT, "stranger")));

        assertThat(daemon.lease("main").registration().holders()).containsExactly("bot");
        assertThat(daemon.lease("main").onLoss()).isEqualTo(RECREATE);
    }

    @Test
    void anotherApiKeyIsRefusedUnlessItsReplacementIsAskedFor() {
        done(leases.register(by("bot")));
        Request unasked = new Request("main", NEW_API_KEY, false, null, null, "bot", CLIENT);

        assertThat(refusal(() -> leases.register(unasked))).isEqualTo(API_KEY_DIFFERS);

        assertThat(daemon.lease("main").registration().apiKey()).isEqualTo(API_KEY);
        assertThat(gateway.said()).containsExactly("POST main");
        Request sameKey = new Request("main", API_KEY, false, null, null, "bot", CLIENT);
        assertThat(refusal(() -> leases.register(sameKey))).isNull();
    }

    /** Its caller is told that nothing was changed: then the old key must be in force, now and after a restart. */
    @Test
    void anApiKeyThatCouldNotBeWrittenIsNotInForce() {
        done(leases.register(by("bot")));
        gateway.then("main", lease -> {
            daemon.store.down = true;
            return new Confirmed(T0, ScriptedGateway.keyOf("main"), null);
        });

        Refusal refusal = refusal(() -> leases.register(request("main", NEW_API_KEY, null, null, "second")));

        assertThat(refusal).isEqualTo(STORE_UNAVAILABLE);
        assertThat(daemon.lease("main").registration().apiKey()).isEqualTo(API_KEY);
        daemon.store.down = false;
        daemon.tick();
        daemon.tick();
        Registration stored = daemon.store.rows.get("main").registration();
        assertThat(stored.apiKey()).isEqualTo(API_KEY);
        assertThat(stored.holders()).containsExactly("bot");
    }

    // --- what belongs to others

    static Stream<Request> diversions() {
        return Stream.of(
                request("main", NEW_API_KEY, null, null, "thief", "thief"),
                new Request("main", NEW_API_KEY, false, null, null, "thief", "thief"),
                request("main", null, null, REPORT, "thief", "thief"));
    }

    @ParameterizedTest
    @MethodSource("diversions")
    void aLeaseThatAnotherClientHoldsIsNotDiverted(Request diversion) {
        done(leases.register(request("main", API_KEY, null, null, "bot", "trader")));
        Lease before = daemon.lease("main");

        assertThat(refusal(() -> leases.register(diversion))).isEqualTo(FORBIDDEN);

        assertThat(daemon.lease("main")).isEqualTo(before);
        assertThat(gateway.said()).containsExactly("POST main");
        // Not even by a holder of its own that it got before.
        done(leases.register(request("main", null, null, null, "thief", "thief")));
        assertThat(refusal(() -> leases.register(diversion))).isEqualTo(FORBIDDEN);
    }

    @Test
    void aLeaseThatTheConfigurationHoldsIsNotDiverted() {
        leases.restore(Set.of("configured"));
        daemon.tick();

        assertThat(refusal(() -> leases.register(request("configured", null, null, REPORT, "bot"))))
                .isEqualTo(FORBIDDEN);
        assertThat(refusal(() -> leases.register(request("configured", null, null, RECREATE, "bot"))))
                .isNull();
    }

    @Test
    void aClientChangesWhatIsItsOwn() {
        done(leases.register(request("main", API_KEY, null, null, "a", "trader")));
        done(leases.register(request("main", null, null, null, "b", "trader")));

        done(leases.register(request("main", null, null, REPORT, "b", "trader")));

        assertThat(daemon.lease("main").onLoss()).isEqualTo(REPORT);
    }

    // --- a disk that hangs

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

    // --- a lease that ends during a call

    @Test
    void aLeaseThatIsReleasedDuringACallIsNotAnsweredAsIfItWereThere() {
        done(leases.register(request("main", API_KEY, OURS, RECREATE, "bot")));
        gateway.then("main", lease -> {
            leases.release("main", "bot", false);
            return new Confirmed(T0, ScriptedGateway.keyOf("main"), null);
        });

        Refusal refusal = refusal(() -> leases.register(request("main", null, OTHER, null, "late")));

        assertThat(refusal).isNotNull();
        assertThat(daemon.lease("main")).isNull();
        assertThat(daemon.store.rows).isEmpty();
    }

    @Test
    void whoJoinsWhileTheLastHolderLeavesGetsALeaseOfItsOwn() {
        done(leases.register(by("bot")));
        daemon.store.hanging = true;
        CompletionStage<Void> released = leases.release("main", "bot", false);
        CompletionStage<Registered> late = leases.register(by("late"));

        daemon.store.release();

        done(released);
        assertThat(done(late).created()).isTrue();
        assertThat(daemon.lease("main").registration().holders()).containsExactly("late");
        assertThat(daemon.store.rows.get("main").registration().holders()).containsExactly("late");
    }

    // --- release

    @Test
    void theLeaseGoesOnUntilItsLastHolderLeavesAndItsKeyIsNeverClosedUnasked() {
        done(leases.register(by("a")));
        done(leases.register(by("b")));

        done(leases.release("main", "a", false));
        assertThat(daemon.lease("main").registration().holders()).containsExactly("b");

        done(leases.release("main", "b", false));
        assertThat(daemon.lease("main")).isNull();
        assertThat(daemon.store.rows).isEmpty();
        daemon.runUntil(at(4000));
        assertThat(gateway.said()).containsExactly("POST main");
    }

    @Test
    void whoHoldsNothingReleasesNothing() {
        done(leases.register(by("a")));

        assertThat(refusal(() -> leases.release("main", "stranger", false))).isEqualTo(NOT_FOUND);
        assertThat(refusal(() -> leases.release("nobody", "a", false))).isEqualTo(NOT_FOUND);
        assertThat(daemon.lease("main")).isNotNull();
    }

    @Test
    void aReleaseThatCannotBeStoredLeavesEverythingAsItWas() {
        done(leases.register(by("a")));
        daemon.store.down = true;

        assertThat(refusal(() -> leases.release("main", "a", false))).isEqualTo(STORE_UNAVAILABLE);

        daemon.runUntil(at(1500));
        assertThat(gateway.said()).containsExactly("POST main", "PUT main");
    }

    @Test
    void aReleaseOfOneOfTwoThatCannotBeStoredIsTakenBack() {
        done(leases.register(by("a")));
        done(leases.register(by("b")));
        daemon.store.down = true;

        assertThat(refusal(() -> leases.release("main", "a", false))).isEqualTo(STORE_UNAVAILABLE);

        assertThat(daemon.lease("main").registration().holders()).containsExactly("a", "b");
    }

    @Test
    void onlyTheLastHolderClosesTheKey() {
        done(leases.register(by("a")));
        done(leases.register(by("b")));

        assertThat(refusal(() -> leases.release("main", "a", true))).isEqualTo(HOLDERS_REMAIN);
        assertThat(daemon.lease("main").registration().holders()).containsExactly("a", "b");
        assertThat(gateway.said()).containsExactly("POST main");

        done(leases.release("main", "a", false));
        done(leases.release("main", "b", true));
        assertThat(gateway.said()).containsExactly("POST main", "DELETE main");
        assertThat(daemon.lease("main")).isNull();
    }

    @Test
    void aKeyThatCouldNotBeClosedIsKeptAlive() {
        done(leases.register(by("bot")));
        gateway.then("main", failed(Reason.UNREACHABLE));

        assertThat(refusal(() -> leases.release("main", "bot", true))).isEqualTo(UPSTREAM_UNAVAILABLE);

        daemon.runUntil(at(1500));
        assertThat(gateway.said()).containsExactly("POST main", "DELETE main", "PUT main");
    }

    @Test
    void aCloseThatCouldNotLeaveInTimeIsForgotten() {
        done(leases.register(by("bot")));
        Given.call(daemon.gate, paused(Reason.BANNED, at(60)));
        CompletionStage<Void> stage = leases.release("main", "bot", true);

        daemon.tickAt(at(5));
        daemon.runUntil(at(120));

        assertThat(refusal(() -> stage)).isEqualTo(UPSTREAM_UNAVAILABLE);
        assertThat(gateway.said()).doesNotContain("DELETE main");
        assertThat(daemon.lease("main")).isNotNull();
    }

    @Test
    void aKeyThatAnotherAccountOfOursUsesIsNotClosed() {
        gateway.always("twin", lease -> new Confirmed(T0, ScriptedGateway.keyOf("main"), null));
        done(leases.register(by("bot")));
        done(leases.register(request("twin", API_KEY, null, null, "bot")));

        assertThat(refusal(() -> leases.release("main", "bot", true))).isEqualTo(HOLDERS_REMAIN);
        assertThat(gateway.said()).doesNotContain("DELETE main");
    }

    @Test
    void nothingIsClosedWhereNoKeyLives() {
        gateway.then("main", failed(Reason.UNREACHABLE));
        done(leases.register(by("bot")));

        done(leases.release("main", "bot", true));

        assertThat(gateway.said()).containsExactly("POST main");
        assertThat(daemon.lease("main")).isNull();
    }

    @Test
    void whoRegistersWhileTheKeyIsBeingClosedGetsANewLease() {
        done(leases.register(by("bot")));
        List<CompletionStage<Registered>> late = new ArrayList<>();
        gateway.then("main", lease -> {
            late.add(leases.register(by("late")));
            return new Renewed(T0);
        });

        done(leases.release("main", "bot", true));

        assertThat(done(late.get(0)).created()).isTrue();
        assertThat(daemon.lease("main").registration().holders()).containsExactly("late");
        assertThat(gateway.said()).containsExactly("POST main", "DELETE main", "POST main");
    }

    // --- renew

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

    // --- restart and configuration

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
    void leasesAreListedByAccountFromTheOneAfter() {
        Stream.of("c", "a", "b").forEach(account -> done(leases.register(request(account, API_KEY, null, null, "x"))));

        assertThat(leases.after("")).extracting(Lease::account).containsExactly("a", "b", "c");
        assertThat(leases.after("a")).extracting(Lease::account).containsExactly("b", "c");
        assertThat(leases.after("c")).isEmpty();
    }

    private static Request by(String holder) {
        return request("main", API_KEY, null, null, holder);
    }

    private static Request request(String account, Secret apiKey, Secret listenKey, OnLoss onLoss, String holder) {
        return request(account, apiKey, listenKey, onLoss, holder, CLIENT);
    }

    /** Replaces the API key where it is the new one. */
    private static Request request(
            String account, Secret apiKey, Secret listenKey, OnLoss onLoss, String holder, String client) {
        return new Request(account, apiKey, NEW_API_KEY.equals(apiKey), listenKey, onLoss, holder, client);
    }

    private <T> T done(CompletionStage<T> stage) {
        daemon.executor.runAll();
        return stage.toCompletableFuture().join();
    }

    /** Null when it was granted. */
    private Refusal refusal(Supplier<CompletionStage<?>> call) {
        try {
            done(call.get());
            return null;
        } catch (LeaseRefused refused) {
            return refused.refusal();
        } catch (CompletionException e) {
            assertThat(e).hasCauseInstanceOf(LeaseRefused.class);
            return ((LeaseRefused) causeOf(e)).refusal();
        }
    }

    private static Throwable causeOf(Throwable thrown) {
        return thrown instanceof CompletionException ? thrown.getCause() : thrown;
    }
}
