package dev.listenkeyd.fleet;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.fleet.FleetListener.Takeover;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.registration.Registered;
import dev.listenkeyd.registration.RegistrationRequest;
import dev.listenkeyd.renewal.WriteBehind;
import dev.listenkeyd.simulation.NetworkConditions.Fate;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.assertj.core.api.Condition;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A few replicas on the simulated database, step by step. */
@NullUnmarked
class FleetTest {
    private static final Duration SOON = ofSeconds(2);
    private static final Duration TTL = ofSeconds(15);

    private final FleetSimulation world = new FleetSimulation(FleetSetup.of(1, 3, 20));

    @AfterEach
    void close() {
        world.close();
    }

    @Test
    void aCommandBringsTheLeaseToTheReplicaThatGotIt() {
        start(0, 1);
        register(0, "main");
        assertThat(member(0).registry.find("main")).isNotNull();

        CompletableFuture<?> renewed = member(1).renewals.renew("main").toCompletableFuture();
        world.runFor(SOON);

        assertThat(renewed).isCompleted();
        assertThat(member(0).registry.find("main")).isNull();
        assertThat(member(1).registry.find("main")).isNotNull();
        assertThat(member(0).leases.find("main")).isEqualTo(member(1).registry.find("main"));
        assertThat(world.takeovers).containsEntry(Takeover.REQUESTED, 1);
    }

    @Test
    void whatADeadMemberOwnedIsTakenOverWithinTwoTtls() {
        start(0, 1);
        register(0, "main");
        member(0).die();

        world.runFor(TTL.multipliedBy(2));

        assertThat(member(1).registry.find("main")).isNotNull();
        assertThat(world.takeovers).containsEntry(Takeover.ORPHANED, 1);
    }

    @Test
    void aMemberThatStopsGivesItsLeasesAtOnce() {
        start(0, 1);
        register(0, "main");
        world.runFor(SOON);
        member(0).stop();

        world.runFor(SOON);

        assertThat(member(0).isDead()).isTrue();
        assertThat(member(1).registry.find("main")).isNotNull();
    }

    @Test
    void aNewMemberGetsItsShare() {
        start(0);
        for (int i = 0; i < 20; i++) {
            register(0, "a" + i);
        }
        start(1);

        world.runFor(ofSeconds(10));

        assertThat(member(1).registry.size()).isBetween(8, 12);
        world.ownership.checkSettled();
    }

    @Test
    void aNewMemberGetsLeasesOfAllDeadlinesAlike() {
        start(0);
        for (int i = 10; i < 30; i++) {
            register(0, "a" + i);
        }
        start(1);

        world.runFor(ofSeconds(10));

        // Names are in the order of deadlines.
        assertThat(member(1).registry.all().stream().map(Lease::account))
                .haveAtLeast(3, new Condition<>(name -> name.compareTo("a20") < 0, "the nearer half"))
                .haveAtLeast(3, new Condition<>(name -> name.compareTo("a20") >= 0, "the later half"));
    }

    @Test
    void aMemberThatGaveItsLeasesAwayNeedsNoCallsForThem() {
        start(0, 1);
        for (int i = 0; i < 4; i++) {
            register(0, "a" + i);
        }
        world.machines.get(0).network.outage(ofMinutes(90).toMillis(), Fate.REFUSED);
        for (int second = 0; second < 3600 && member(0).registry.size() > 0; second++) {
            world.runFor(ofSeconds(1));
        }

        assertThat(member(0).registry.size()).isZero();
        assertThat(member(0).engine.callsNeeded()).isZero();
    }

    @Test
    void aSleeperDropsWhatOthersHaveTakenAndDeclaresNothingLost() {
        start(0, 1);
        register(0, "main");
        world.runFor(SOON);
        world.machines.get(0).sleep(ofSeconds(5000).toMillis(), true);
        world.runFor(ofSeconds(5000).plus(SOON));

        assertThat(member(0).registry.find("main")).isNull();
        assertThat(world.losses.declared).isZero();
        assertThat(member(0).leases.find("main")).isEqualTo(member(1).registry.find("main"));
    }

    @Test
    void aCommandForALeaseThatMayBeTakenIsRefusedWhileTheStoreIsAway() {
        start(0, 1);
        register(0, "main");
        world.machines.get(0).cut(ofSeconds(100).toMillis());
        world.runFor(TTL.plus(SOON));
        CompletableFuture<?> again = ask(0, "main").toCompletableFuture();
        CompletableFuture<?> renewed = member(0).renewals.renew("main").toCompletableFuture();

        world.runFor(ofSeconds(12));

        assertThat(again).isCompletedExceptionally();
        assertThat(refusal(again)).isInstanceOf(LeaseRefused.class);
        assertThat(renewed).isCompleted();
        assertThat(renewed.isCompletedExceptionally()).isFalse();
    }

    @Test
    void aMemberThatIsCutOffKnowsOfNoReplicaAndRefusesToRenewTheLeaseOfAnother() {
        start(0, 1);
        register(0, "main");
        assertThat(member(1).fleet.members()).hasSize(2);
        world.machines.get(1).cut(ofSeconds(30).toMillis());
        world.runFor(ofSeconds(8));
        CompletableFuture<?> renewed = member(1).renewals.renew("main").toCompletableFuture();
        world.runFor(ofSeconds(8));

        assertThat(member(1).fleet.members()).isEmpty();
        assertThat(refusal(renewed))
                .isInstanceOfSatisfying(
                        LeaseRefused.class,
                        refused -> assertThat(refused.refusal()).isEqualTo(Refusal.STORE_UNAVAILABLE));
        world.runFor(ofSeconds(20));
        assertThat(member(1).fleet.members()).hasSize(2);
    }

    @Test
    void aMemberWhoseClaimWentAndCameBackMeanwhileHasTheLeaseAsItIsOnRecord() {
        start(0, 1);
        register(0, "main");
        world.machines.get(0).cut(ofSeconds(40).toMillis());
        world.runFor(ofSeconds(38));
        assertThat(member(1).registry.find("main")).isNotNull();
        member(1).die();
        world.runFor(ofSeconds(40));

        assertThat(member(0).registry.find("main")).isEqualTo(world.database.rows.get("main"));
        world.ownership.checkSettled();
    }

    @Test
    void aCommandWaitsForTheClaimsOfASleepingOwnerToEnd() {
        start(0, 1);
        register(0, "main");
        world.runFor(SOON);
        world.machines.get(0).sleep(ofSeconds(100).toMillis(), false);
        CompletableFuture<?> renewed = member(1).renewals.renew("main").toCompletableFuture();
        world.runFor(ofSeconds(5));
        assertThat(renewed).isNotDone();

        world.runFor(TTL);
        assertThat(renewed).isCompleted();
        assertThat(member(1).registry.find("main")).isNotNull();
    }

    private void start(int... numbers) {
        for (int number : numbers) {
            world.start(world.machines.get(number));
        }
        world.runFor(SOON);
    }

    private MemberProcess member(int number) {
        return world.machines.get(number).process;
    }

    private CompletionStage<Registered> ask(int number, String account) {
        return member(number)
                .leases
                .register(new RegistrationRequest(account, Given.API_KEY, false, null, OnLoss.RECREATE, "bot", "bot"));
    }

    private void register(int number, String account) {
        CompletableFuture<Registered> registered = ask(number, account).toCompletableFuture();
        world.runFor(SOON);
        assertThat(registered).isCompleted();
    }

    private static Throwable refusal(CompletableFuture<?> refused) {
        try {
            refused.join();
            return null;
        } catch (RuntimeException e) {
            return WriteBehind.causeOf(e);
        }
    }
}
