package dev.listenkeyd.fleet;

import dev.listenkeyd.simulation.SimulationSetup;
import java.time.Duration;
import org.jspecify.annotations.NullUnmarked;

/**
 * What a simulated fleet starts from. Everything else follows from the seed.
 *
 * @param ttl of a membership
 * @param each what every replica is configured with; its accounts are those of all
 * @param longestSkew most milliseconds by which a replica's wall clock may be wrong
 */
@NullUnmarked
record FleetSetup(int replicas, Duration ttl, SimulationSetup each, long longestSkew) {
    static FleetSetup of(long seed, int replicas, int accounts) {
        return new FleetSetup(replicas, Duration.ofSeconds(15), SimulationSetup.of(seed, accounts), 0);
    }

    FleetSetup checking() {
        return new FleetSetup(replicas, ttl, each.checking(Duration.ofMinutes(1)), longestSkew);
    }

    FleetSetup skewed(long longest) {
        return new FleetSetup(replicas, ttl, each, longest);
    }

    FleetSetup withWeight(int weight) {
        return new FleetSetup(replicas, ttl, each.withWeight(weight), longestSkew);
    }
}
