package dev.listenkeyd.renewal;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Leases by their next attempt; hands out due ones so that as many keys as possible live. A lease that is absent is owned
 * by an attempt in flight, or waits for nothing. Not thread-safe: {@link Schedule} guards it.
 */
final class DueQueue {

    /** What a due lease needs of its attempt, and with that its place among the others. */
    enum Need {
        /** Its key lives: renewed in order of deadlines, which keeps the most keys. */
        RENEWAL,
        /** It has no live key: first come, first served, as long as no other key dies of it. */
        KEY,
        /** As {@link #KEY}, to take the place of a dead one. */
        RECREATION,
        /** Its key lives, but only a person can make its renewal work: after all others. */
        PERSON
    }

    /**
     * @param due when the next attempt should start, at the latest
     * @param early when it may start while there is weight to spare; never after {@code due}
     * @param turn by when it wants its turn: the deadline of a live key
     */
    record Entry(String account, Instant due, Instant early, Need need, Instant turn) {
        Entry dueAt(Instant other) {
            return new Entry(account, other, other, need, turn);
        }

        boolean isLive() {
            return need == Need.RENEWAL || need == Need.PERSON;
        }
    }

    /**
     * What is known of the way to the exchange.
     *
     * @param reserve what a renewal keeps for itself when others go first: until used weight is free again, and for a
     *     call that fails
     */
    record Pace(Duration call, double perSecond, Duration reserve) {}

    private final Map<String, Entry> entries = new HashMap<>();
    private final NavigableSet<Entry> waiting = sorted(Entry::due);
    private final NavigableSet<Entry> earlyRenewals = sorted(Entry::early);
    private final NavigableSet<Entry> earlyKeys = sorted(Entry::early);
    private final NavigableSet<Entry> renewals = sorted(Entry::turn);
    private final NavigableSet<Entry> keys = sorted(Entry::turn);
    private final NavigableSet<Entry> persons = sorted(Entry::turn);
    private final NavigableSet<Entry> dying = sorted(Entry::turn);

    private static NavigableSet<Entry> sorted(Function<Entry, Instant> by) {
        return new TreeSet<>(Comparator.comparing(by).thenComparing(Entry::account));
    }

    /** Puts the lease in, or moves it. */
    void put(Entry entry) {
        remove(entry.account());
        entries.put(entry.account(), entry);
        waiting.add(entry);
        if (entry.early().isBefore(entry.due())) {
            early(entry).add(entry);
        }
        if (entry.isLive()) {
            dying.add(entry);
        }
    }

    @Nullable
    Entry remove(String account) {
        Entry entry = entries.remove(account);
        if (entry != null) {
            waiting.remove(entry);
            early(entry).remove(entry);
            due(entry.need()).remove(entry);
            dying.remove(entry);
        }
        return entry;
    }

    /**
     * The due entry whose turn it is, left in place; null when nothing is due. Earliest deadline first keeps as many keys
     * as any order can; a key that dies before a call could reach it is passed over while others can be kept.
     */
    @Nullable
    Entry firstDue(Instant now, Pace pace) {
        while (!waiting.isEmpty() && !waiting.first().due().isAfter(now)) {
            Entry entry = waiting.pollFirst();
            early(entry).remove(entry);
            due(entry.need()).add(entry);
        }
        Instant reachable = now.plus(pace.call());
        Entry renewal = firstRenewal(reachable);
        Entry key = keys.isEmpty() ? null : keys.first();
        if (renewal != null && key != null) {
            return canWait(reachable, pace) ? key : renewal;
        }
        if (renewal != null || key != null) {
            return renewal != null ? renewal : key;
        }
        return firstOf(renewals.isEmpty() ? persons : renewals);
    }

    /** Whether all due renewals could still be made in time if another call went first. */
    private boolean canWait(Instant reachable, Pace pace) {
        int before = 1;
        for (Entry entry : renewals) {
            if (entry.turn().isAfter(reachable)) {
                before++;
                Duration queueing = Duration.ofNanos((long) (before * 1e9 / pace.perSecond()));
                if (entry.turn().isBefore(reachable.plus(queueing).plus(pace.reserve()))) {
                    return false;
                }
            }
        }
        return true;
    }

    /** A renewal that may start before its time, left in place; null when there is none. */
    @Nullable
    Entry firstEarlyRenewal(Instant now) {
        return firstEarly(earlyRenewals, now);
    }

    /** As {@link #firstEarlyRenewal}, for a lease that has no live key. */
    @Nullable
    Entry firstEarlyKey(Instant now) {
        return firstEarly(earlyKeys, now);
    }

    private static @Nullable Entry firstEarly(NavigableSet<Entry> early, Instant now) {
        return early.isEmpty() || early.first().early().isAfter(now) ? null : early.first();
    }

    private NavigableSet<Entry> early(Entry entry) {
        return entry.isLive() ? earlyRenewals : earlyKeys;
    }

    /** How many keys die by then if nothing is done, counted up to {@code most}. */
    int dyingBy(Instant then, int most) {
        int count = 0;
        for (Iterator<Entry> all = dying.iterator(); count < most && all.hasNext(); count++) {
            if (all.next().turn().isAfter(then)) {
                return count;
            }
        }
        return count;
    }

    /** The due renewal with the nearest deadline that a call could still keep; null when there is none. */
    @Nullable
    Entry firstRenewal(Instant reachable) {
        for (Entry entry : renewals) {
            if (entry.turn().isAfter(reachable)) {
                return entry;
            }
        }
        return null;
    }

    /** How many attempts are due by then, counted up to {@code most}. */
    int dueBy(Instant then, int most) {
        int count = renewals.size() + keys.size() + persons.size();
        for (Iterator<Entry> all = waiting.iterator(); count < most && all.hasNext(); count++) {
            if (all.next().due().isAfter(then)) {
                return count;
            }
        }
        return Math.min(count, most);
    }

    /** Takes out one entry whose deadline has passed, due or not; null when there is none. */
    @Nullable
    Entry takeExpired(Instant now) {
        if (dying.isEmpty() || dying.first().turn().isAfter(now)) {
            return null;
        }
        return remove(dying.first().account());
    }

    private NavigableSet<Entry> due(Need need) {
        return switch (need) {
            case RENEWAL -> renewals;
            case KEY, RECREATION -> keys;
            case PERSON -> persons;
        };
    }

    private static @Nullable Entry firstOf(NavigableSet<Entry> entries) {
        return entries.isEmpty() ? null : entries.first();
    }
}
