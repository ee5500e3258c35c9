package dev.listenkeyd.fleet;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.simulation.NetworkConditions.Fate;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The invariants of the fleet's simulation see what they are there for: each defect that is planted ends the run. */
@NullUnmarked
@Execution(ExecutionMode.CONCURRENT)
class FleetDefectsTest {
    private static final int ACCOUNTS = 20;
    private static final Duration SETTLED = ofMinutes(2);

    @Test
    void rowsThatAnybodyMayWrite() {
        assertSeen(
                defects -> {
                    defects.fencesNothing = true;
                    defects.keepsVersions = true;
                },
                this::cutOffFor35Minutes,
                "goes back|does not own");
    }

    @Test
    void versionsThatGoOnWithAnotherOwner() {
        assertSeen(defects -> defects.keepsVersions = true, this::cutOffFor35Minutes, "tells of revision");
    }

    @Test
    void claimsThatNobodyTakesOver() {
        assertSeen(
                defects -> defects.neverTakesOver = true,
                world -> {
                    world.machines.get(0).process.die();
                    world.runFor(ofSeconds(40));
                },
                "without a live owner");
    }

    @Test
    void aStopThatKeepsItsLeases() {
        assertSeen(
                defects -> defects.keepsItsLeases = true,
                world -> {
                    world.machines.get(0).process.stop();
                    world.runFor(ofSeconds(10));
                },
                "has left without giving it away");
    }

    @Test
    void aSpreadThatIgnoresABan() {
        assertSeen(
                defects -> defects.ignoresPauses = true,
                world -> {
                    for (int i = 0; i < 4; i++) {
                        world.machines.get(0).exchange.ban();
                    }
                    world.runFor(ofMinutes(90));
                },
                "had to be");
    }

    @Test
    void aReplicaWithoutLeasesThatDoesNotSeeTheReturnOfTheExchange() {
        assertScarceSeen(
                defects -> defects.seesNoReturn = true,
                world -> {
                    world.machines.get(1).network.outage(ofMinutes(10).toMillis(), Fate.REFUSED);
                    world.machines.get(2).network.outage(ofMinutes(10).toMillis(), Fate.REFUSED);
                    world.runFor(ofHours(2));
                },
                "had to be");
    }

    @Test
    void aReplicaThatKeepsMoreDueLeasesThanItCanCallFor() {
        FleetRun run = FleetSimulationTest.scarce(6, ofHours(2));
        FleetRun planted = new FleetRun(run.setup(), run.time(), defects -> defects.ignoresLateCalls = true);

        assertThatThrownBy(planted::run).isInstanceOf(AssertionError.class).hasMessageContaining("had to be");
    }

    /** Renewals of both go on, and meet when it is back. */
    private void cutOffFor35Minutes(FleetSimulation world) {
        world.machines.get(0).cut(ofMinutes(35).toMillis());
        world.runFor(ofMinutes(40));
    }

    private static void assertSeen(
            Consumer<FleetDatabase.Defects> planted, Consumer<FleetSimulation> story, String pattern) {
        assertSeen(FleetSetup.of(7, 2, ACCOUNTS), planted, story, pattern);
    }

    /** Where two of three replicas can't do the work of all. */
    private static void assertScarceSeen(
            Consumer<FleetDatabase.Defects> planted, Consumer<FleetSimulation> story, String pattern) {
        assertSeen(
                FleetSetup.of(7, 3, 240).withWeight(4),
                planted,
                world -> {
                    world.runFor(ofMinutes(40));
                    story.accept(world);
                },
                pattern);
    }

    private static void assertSeen(
            FleetSetup setup,
            Consumer<FleetDatabase.Defects> planted,
            Consumer<FleetSimulation> story,
            String pattern) {
        assertThatCode(() -> run(setup, defects -> {}, story)).doesNotThrowAnyException();
        assertThatThrownBy(() -> run(setup, planted, story))
                .isInstanceOf(AssertionError.class)
                .hasMessageFindingMatch(pattern);
    }

    private static void run(
            FleetSetup setup, Consumer<FleetDatabase.Defects> planted, Consumer<FleetSimulation> story) {
        try (FleetSimulation world = new FleetSimulation(setup)) {
            planted.accept(world.database.defects);
            world.machines.forEach(world::start);
            FleetClients clients = new FleetClients(world);
            clients.arrive(1);
            world.runFor(SETTLED);
            story.accept(world);
        }
    }
}
