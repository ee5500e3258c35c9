package dev.listenkeyd.simulation;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Lease;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An exchange that allows far less than the budget, and 200 accounts that are registered in one go right after the start: 16
 * calls a minute are just enough for them.
 */
@NullUnmarked
@Execution(ExecutionMode.CONCURRENT)
class LearnedLimitTest {
    private static final int FLEET = 200;
    private static final int LIMIT = 16;
    private static final int LIFETIMES = 3;

    static Stream<Arguments> worlds() {
        return Stream.of(1, 2, 3).flatMap(seed -> Stream.of(false, true).map(slow -> Arguments.of(seed, slow)));
    }

    @ParameterizedTest(name = "seed {0}, replies take seconds: {1}")
    @MethodSource("worlds")
    void aLimitThatTheExchangeNamesIsNeverPassed(long seed, boolean slow) {
        try (FaultFreeWorld world = world(seed, slow, LIMIT, LIMIT)) {
            world.after(ofHours(LIFETIMES));

            assertThat(world.simulation.exchange.throttledCalls).isZero();
            assertNothingLost(world);
        }
    }

    /** It is found by refusals: a few calls at the start, and one or two each time that a little more is tried. */
    @ParameterizedTest(name = "seed {0}, replies take seconds: {1}")
    @MethodSource("worlds")
    void anUnknownLimitIsFound(long seed, boolean slow) {
        try (FaultFreeWorld world = world(seed, slow, LIMIT, null)) {
            world.after(ofSeconds(59));
            assertThat(world.simulation.exchange.throttledCalls).isLessThanOrEqualTo(slow ? 6 : 3);

            world.after(ofHours(LIFETIMES));

            assertFoundByFewCalls(world);
        }
    }

    @ParameterizedTest(name = "seed {0}, replies take seconds: {1}")
    @MethodSource("worlds")
    void aLimitThatIsNamedWronglyIsFound(long seed, boolean slow) {
        try (FaultFreeWorld world = world(seed, slow, LIMIT, 2400)) {
            world.after(ofHours(LIFETIMES));

            assertFoundByFewCalls(world);
        }
    }

    /** As it changes the exchange says so, but it is not asked before it has refused something. */
    @ParameterizedTest(name = "seed {0}, replies take seconds: {1}")
    @MethodSource("worlds")
    void aLimitThatChangesInFlightIsLearnedFromTheFirstRefusal(long seed, boolean slow) {
        try (FaultFreeWorld world = world(seed, slow, 400, 400)) {
            world.after(ofMinutes(90));
            assertThat(world.simulation.exchange.throttledCalls).isZero();
            world.simulation.exchange.limit = LIMIT;
            world.simulation.exchange.namedLimit = LIMIT;

            world.after(ofHours(LIFETIMES));

            assertThat(world.simulation.exchange.throttledCalls).isLessThanOrEqualTo(slow ? 6 : 3);
            assertNothingLost(world);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 15})
    void oneImplausibleAnswerCostsNoKey(int named) {
        try (FaultFreeWorld world = world(1, false, 400, 400)) {
            world.after(ofMinutes(59));
            world.simulation.exchange.namedLimit = named;
            world.after(ofMinutes(1));
            world.simulation.exchange.namedLimit = 400;

            world.after(ofHours(LIFETIMES));

            assertThat(world.simulation.process.gate.weightLimit()).isEqualTo(200);
            assertNothingLost(world);
        }
    }

    /** The daemon is told when a ban ends: the call that finds out whether it has is the only one. */
    @ParameterizedTest(name = "seed {0}, replies take seconds: {1}")
    @MethodSource("worlds")
    void afterABanOneCallAtMostIsRefused(long seed, boolean slow) {
        try (FaultFreeWorld world = world(seed, slow, 400, 400)) {
            world.after(ofMinutes(70));
            world.ban(ofMinutes(10));

            world.after(ofHours(LIFETIMES));

            assertThat(world.simulation.exchange.throttledCalls).isZero();
            assertNothingLost(world);
        }
    }

    private static FaultFreeWorld world(long seed, boolean slow, int limit, Integer named) {
        SimulationSetup setup = SimulationSetup.of(seed, FLEET).registeredWithin(1000);
        FaultFreeWorld world = new FaultFreeWorld(setup, exchange -> {
            exchange.limit = limit;
            exchange.namedLimit = named;
            exchange.slowestReply = slow ? NetworkConditions.SLOW : NetworkConditions.FAST;
        });
        if (slow) {
            world.simulation.faults.slowReplies(ofHours(10).toMillis());
        }
        return world;
    }

    private static void assertFoundByFewCalls(FaultFreeWorld world) {
        SimulatedExchange exchange = world.simulation.exchange;
        System.out.println(exchange.throttledCalls + " calls were refused");
        assertThat(exchange.bansGiven).isZero();
        assertThat(exchange.throttledCalls).isLessThanOrEqualTo(20 * LIFETIMES);
        assertNothingLost(world);
    }

    private static void assertNothingLost(FaultFreeWorld world) {
        assertThat(world.lost()).isZero();
        assertThat(world.simulation.exchange.lateCalls).isZero();
        assertThat(world.simulation.process.registry.all()).hasSize(FLEET).allMatch(Lease::isLive);
    }
}
