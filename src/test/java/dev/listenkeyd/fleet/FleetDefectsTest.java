package dev.listenkeyd.fleet;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** The invariants of the fleet's simulation see what they are there for: each defect that is planted ends the run. */
@NullUnmarked
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
                "could have prevented");
    }

    /** Renewals of both go on, and meet when it is back. */
    private void cutOffFor35Minutes(FleetSimulation world) {
        world.machines.get(0).cut(ofMinutes(35).toMillis());
        world.runFor(ofMinutes(40));
    }

    private static void assertSeen(
            Consumer<FleetDatabase.Defects> planted, Consumer<FleetSimulation> story, String pattern) {
        assertThatCode(() -> run(defects -> {}, story)).doesNotThrowAnyException();
        assertThatThrownBy(() -> run(planted, story))
                .isInstanceOf(AssertionError.class)
                .hasMessageFindingMatch(pattern);
    }

    private static void run(Consumer<FleetDatabase.Defects> planted, Consumer<FleetSimulation> story) {
        try (FleetSimulation world = new FleetSimulation(FleetSetup.of(7, 2, ACCOUNTS))) {
            planted.accept(world.database.defects);
            world.machines.forEach(world::start);
            FleetClients clients = new FleetClients(world);
            clients.arrive(1);
            world.runFor(SETTLED);
            story.accept(world);
        }
    }
}
