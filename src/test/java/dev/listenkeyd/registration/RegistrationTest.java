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
import static dev.listenkeyd.lease.LeaseRefused.Refusal.CREDENTIALS_REFUSED;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.FULL;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.INVALID_REQUEST;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.NO_ACTIVE_KEY;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.STORE_UNAVAILABLE;
import static dev.listenkeyd.lease.OnLoss.RECREATE;
import static dev.listenkeyd.lease.OnLoss.REPORT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Pending;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.lease.ScriptedGateway;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.simulation.CoreInVirtualTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Registrations, from the request to its answer. */
@NullUnmarked
class RegistrationTest extends LeasesFixture {

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
        RegistrationRequest plain = request("main", API_KEY, null, null, "bot");
        RegistrationRequest report = request("main", API_KEY, OURS, REPORT, "bot");
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
    void whatIsRefusedIsNotKept(Refusal expected, RegistrationRequest request, List<RenewalOutcome> replies) {
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
        RegistrationRequest adopt = request("main", API_KEY, OURS, REPORT, "bot");
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

        RegistrationRequest same = request("main", null, ScriptedGateway.keyOf("main"), null, "b");
        RegistrationRequest other = request("main", null, OTHER, null, "c");

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

    private static RegistrationRequest holder(String holder, String client) {
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
}
