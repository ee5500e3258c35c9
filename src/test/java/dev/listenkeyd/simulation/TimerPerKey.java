package dev.listenkeyd.simulation;

import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.simulation.SimulatedExchange.Account;
import dev.listenkeyd.simulation.SimulatedExchange.Verb;
import java.util.Random;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.NullUnmarked;

/**
 * How others renew: one loop per key, which knows its own interval and what to do after a failure. In their favour all
 * timers run half a second ahead, so that two intervals of half an hour, or one of an hour, just win the race against
 * the deadline.
 */
@NullUnmarked
final class TimerPerKey {
    private static final long MINUTE = 60_000;

    /**
     * A way to renew.
     *
     * @param interval until the next call after a success
     * @param retry until the next call after so many failures in a row
     */
    record Policy(String name, long interval, LongUnaryOperator retry) {}

    private static final long AHEAD = 500;
    private static final long HALF_HOUR = 30 * MINUTE - AHEAD;
    private static final long TWO_THIRDS = 40 * MINUTE;
    private static final int QUICK_RETRIES = 3;

    static final Policy[] ALL = {
        new Policy("timer in a bot: PUT every 30 min", HALF_HOUR, failures -> HALF_HOUR),
        new Policy("timer in a bot: PUT every 60 min", 60 * MINUTE - AHEAD, failures -> 60 * MINUTE - AHEAD),
        new Policy(
                "every 30 min, three quick retries", HALF_HOUR, failures -> failures <= QUICK_RETRIES ? 67 : HALF_HOUR),
        // Vault Agent: renewal at two thirds, then backoff doubling from 10 s up to 5 min.
        new Policy(
                "at 2/3 of the lease, backoff up to 5 min",
                TWO_THIRDS,
                failures -> Math.min(5 * MINUTE, 10_000L << Math.min(failures - 1, 10)))
    };

    private final Policy policy;
    private final Agenda agenda = new Agenda();
    private final NetworkConditions weather;
    private final SimulatedExchange exchange;
    private final VirtualClocks clocks = new VirtualClocks(agenda);
    private final Random dice;
    private int lost;

    TimerPerKey(Policy policy, long seed) {
        this.policy = policy;
        this.dice = new Random(seed);
        this.weather = new NetworkConditions(agenda, dice);
        this.exchange = new SimulatedExchange(agenda, clocks, dice);
    }

    /** Keys lost of so many in one outage. */
    int lostOf(int fleet, long outage) {
        try (agenda) {
            weather.hiccups = 0;
            for (int i = 0; i < fleet; i++) {
                Account account = exchange.account("a" + i);
                agenda.in((long) (dice.nextDouble() * 60 * MINUTE), () -> begin(account));
            }
            agenda.in(
                    180 * MINUTE + dice.nextInt(3_600_000),
                    () -> weather.outage(outage, NetworkConditions.Fate.REFUSED));
            agenda.runUntil(420 * MINUTE);
            return lost;
        }
    }

    private void begin(Account account) {
        account.replaceKey();
        agenda.in(policy.interval(), () -> renew(account, 0));
    }

    private void renew(Account account, int failures) {
        boolean renewed = weather.fateOf(account).arrives
                && exchange.act(Verb.PUT, account, clocks.instant(), agenda.now()) instanceof Renewed;
        if (renewed) {
            agenda.in(policy.interval(), () -> renew(account, 0));
        } else if (account.hasKey()) {
            agenda.in(policy.retry().applyAsLong(failures + 1), () -> renew(account, failures + 1));
        } else {
            lost++;
        }
    }
}
