package dev.listenkeyd.simulation;

import dev.listenkeyd.simulation.SimulatedExchange.Account;
import java.util.Random;
import org.jspecify.annotations.NullUnmarked;

/** What becomes of calls on their way: outages of every kind, slow replies, and now and then a hiccup. */
@NullUnmarked
public final class NetworkConditions {
    /** Longest time that a call takes which is to be answered at all. */
    public static final long FAST = 200;

    public static final long SLOW = 4500;

    /** What happens to a call. */
    public enum Fate {
        /** It gets there and its reply gets back. */
        ANSWERED(true, true),
        /** Connection refused, name not found: known at once, nothing has happened. */
        REFUSED(false, true),
        /** The connection breaks while the reply is awaited; the call has worked. */
        RESET(true, true),
        /** A proxy or a portal answers instead. */
        GARBLED(false, true),
        /** The answer is cut off on the way, or says "unknown"; the call has worked. */
        MANGLED(true, true),
        /** Nothing gets through, nothing comes back. */
        SWALLOWED(false, false),
        /** It works, and nobody is told. */
        UNHEARD(true, false);

        public final boolean arrives;
        public final boolean knownSoon;

        Fate(boolean arrives, boolean knownSoon) {
            this.arrives = arrives;
            this.knownSoon = knownSoon;
        }
    }

    /** Kinds of outages; in a mixed one every call meets its own fate. */
    private static final Fate[] TROUBLES = {
        Fate.REFUSED, Fate.RESET, Fate.GARBLED, Fate.MANGLED, Fate.SWALLOWED, Fate.UNHEARD
    };

    public double hiccups = 0.01;
    public long outageUntil = Long.MIN_VALUE;
    public long slowUntil = Long.MIN_VALUE;
    /** What all calls meet in this outage; null for a mixed one. */
    Fate kind;

    private final Agenda agenda;
    private final Random dice;

    public NetworkConditions(Agenda agenda, Random dice) {
        this.agenda = agenda;
        this.dice = dice;
    }

    public boolean isOut() {
        return agenda.now() < outageUntil;
    }

    public void outage(long millis, Fate only) {
        outageUntil = Math.max(outageUntil, agenda.now() + millis);
        kind = only;
    }

    public Fate anyTrouble() {
        return TROUBLES[dice.nextInt(TROUBLES.length)];
    }

    /** What happens to a call that leaves now. By pure chance no account's call fails twice in a row. */
    public Fate fateOf(Account account) {
        boolean out = isOut();
        account.hiccuped = !out && !account.hiccuped && dice.nextDouble() < hiccups;
        if (!out && !account.hiccuped) {
            return Fate.ANSWERED;
        }
        return out && kind != null ? kind : anyTrouble();
    }

    /** Milliseconds for one leg; both together stay below the longest time that is answered. */
    public int leg() {
        return agenda.now() < slowUntil ? 1 + dice.nextInt((int) SLOW / 2) : 1 + dice.nextInt((int) FAST / 2);
    }
}
