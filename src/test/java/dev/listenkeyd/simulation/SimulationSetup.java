package dev.listenkeyd.simulation;

import dev.listenkeyd.budget.Budget;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.renewal.Confirmation;
import dev.listenkeyd.renewal.RenewalPolicy;
import java.time.Duration;

/**
 * What a simulated world starts from. Everything else follows from the seed.
 *
 * @param registeredWithin all accounts are registered within so many milliseconds
 */
public record SimulationSetup(
        long seed,
        int accounts,
        Budget budget,
        RenewalPolicy policy,
        Confirmation confirmation,
        long registeredWithin) {

    /** The defaults of the application, and a fleet that was registered within an hour. */
    public static SimulationSetup of(long seed, int accounts) {
        Budget budget = new Budget(200, Duration.ofMinutes(1), 0.2);
        return new SimulationSetup(seed, accounts, budget, Given.POLICY, Confirmation.AUTO, 3_600_000);
    }

    public SimulationSetup withWeight(int weight) {
        Budget other = new Budget(weight, budget.window(), budget.headroom());
        return new SimulationSetup(seed, accounts, other, policy, confirmation, registeredWithin);
    }

    SimulationSetup withPolicy(RenewalPolicy other) {
        return new SimulationSetup(seed, accounts, budget, other, confirmation, registeredWithin);
    }

    public SimulationSetup checking(Duration every) {
        return withPolicy(new RenewalPolicy(
                policy.ttl(), policy.renewEvery(), every, policy.retryMin(), policy.retryMax(), policy.attemptsKept()));
    }

    public SimulationSetup with(Confirmation other) {
        return new SimulationSetup(seed, accounts, budget, policy, other, registeredWithin);
    }

    SimulationSetup registeredWithin(long millis) {
        return new SimulationSetup(seed, accounts, budget, policy, confirmation, millis);
    }
}
