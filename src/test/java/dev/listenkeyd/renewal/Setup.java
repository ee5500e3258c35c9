package dev.listenkeyd.renewal;

import dev.listenkeyd.renewal.ExchangeGate.Budget;
import java.time.Duration;

/**
 * What a simulated world starts from. Everything else follows from the seed.
 *
 * @param registeredWithin all accounts are registered within so many milliseconds
 */
record Setup(
        long seed,
        int accounts,
        Budget budget,
        RenewalPolicy policy,
        Confirmation confirmation,
        long registeredWithin) {

    /** The defaults of the application, and a fleet that was registered within an hour. */
    static Setup of(long seed, int accounts) {
        Budget budget = new Budget(200, Duration.ofMinutes(1), 0.2);
        return new Setup(seed, accounts, budget, Given.POLICY, Confirmation.AUTO, 3_600_000);
    }

    Setup withWeight(int weight) {
        Budget other = new Budget(weight, budget.window(), budget.headroom());
        return new Setup(seed, accounts, other, policy, confirmation, registeredWithin);
    }

    Setup withPolicy(RenewalPolicy other) {
        return new Setup(seed, accounts, budget, other, confirmation, registeredWithin);
    }

    Setup with(Confirmation other) {
        return new Setup(seed, accounts, budget, policy, other, registeredWithin);
    }

    Setup registeredWithin(long millis) {
        return new Setup(seed, accounts, budget, policy, confirmation, millis);
    }
}
