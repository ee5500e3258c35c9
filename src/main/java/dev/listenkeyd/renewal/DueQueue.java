package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.EpochNanos;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Iterator;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Leases by their next attempt. It orders the due ones so that as many keys as possible live. A paused lease waits for the end of its pause. An absent lease is owned by an attempt in flight, or has no next attempt. Not thread-safe: {@link Schedule} guards it.
 */
final class DueQueue {

    /** The goal of the attempt, which decides its rank. */
    enum Need {
        /** The key lives: in order of deadlines, which keeps the most keys. */
        RENEWAL,
        /** There is no live key: first come, first served, as long as no live key dies of it. */
        KEY,
        /** As {@link #KEY}, in place of a lost key. */
        RECREATION,
        /** The key lives, but only an operator can make its renewal succeed: after all others. */
        OPERATOR,
        /** No attempt: the lease is paused, and due when its pause ends or its key dies, see {@link #takeExpired}. */
        PAUSE
    }

    /**
     * The next attempt of a lease; instants are in {@link EpochNanos}.
     *
     * @param due latest start of the next attempt
     * @param early earliest start of a call with spare weight: of a check while the key lives, otherwise of the attempt itself; never after {@code due}
     * @param deadline of the live key; for a lease without one, the instant that stands for it
     */
    record Entry(String account, long due, long early, Need need, long deadline) {
        Entry(String account, Instant due, Instant early, Need need, Instant deadline) {
            this(account, EpochNanos.of(due), EpochNanos.of(early), need, EpochNanos.of(deadline));
        }

        Entry dueAt(Instant other) {
            long at = EpochNanos.of(other);
            return new Entry(account, at, at, need, deadline);
        }

        /** Time from then to the deadline, negative after it. */
        Duration left(Instant then) {
            return Duration.between(then, EpochNanos.instant(deadline));
        }

        /** Time from the due time to then. */
        Duration lateness(Instant then) {
            return Duration.between(EpochNanos.instant(due), then);
        }

        boolean isLive() {
            return need == Need.RENEWAL || need == Need.OPERATOR;
        }
    }

    /**
     * How fast calls can be made.
     *
     * @param reserve time that a renewal keeps in reserve when another call goes first: for weight to become free, and for a failed call
     */
    record Pace(Duration call, double perSecond, Duration reserve) {}

    private final CompactSortedSet<Entry> entries = new CompactSortedSet<>(Comparator.comparing(Entry::account));
    private final CompactSortedSet<Entry> waiting = sorted(Entry::due);
    private final CompactSortedSet<Entry> checks = sorted(Entry::early);
    private final CompactSortedSet<Entry> earlyKeys = sorted(Entry::early);
    private final CompactSortedSet<Entry> renewals = sorted(Entry::deadline);
    private final CompactSortedSet<Entry> keys = sorted(Entry::deadline);
    private final CompactSortedSet<Entry> operators = sorted(Entry::deadline);
    private final CompactSortedSet<Entry> paused = sorted(Entry::due);
    private final CompactSortedSet<Entry> dying = sorted(Entry::deadline);

    private static CompactSortedSet<Entry> sorted(ToLongFunction<Entry> by) {
        return new CompactSortedSet<>(Comparator.comparingLong(by).thenComparing(Entry::account));
    }

    /** Adds the lease, or moves it. */
    void put(Entry entry) {
        remove(entry.account());
        entries.add(entry);
        if (entry.need() == Need.PAUSE) {
            paused.add(entry);
            return;
        }
        waiting.add(entry);
        if (entry.early() < entry.due()) {
            early(entry).add(entry);
        }
        if (entry.isLive()) {
            dying.add(entry);
        }
    }

    int size() {
        return entries.size();
    }

    @Nullable
    Entry remove(String account) {
        Entry entry = entries.find(other -> other.account().compareTo(account));
        if (entry != null) {
            entries.remove(entry);
            waiting.remove(entry);
            early(entry).remove(entry);
            due(entry.need()).remove(entry);
            dying.remove(entry);
        }
        return entry;
    }

    /**
     * The first due entry, left in the queue; null when nothing is due. Earliest deadline first keeps as many keys as any order can. A key that dies before a call could reach it is skipped while others can be kept.
     */
    @Nullable
    Entry firstDue(Instant now, Pace pace) {
        long at = EpochNanos.of(now);
        while (!waiting.isEmpty() && waiting.first().due() <= at) {
            Entry entry = waiting.pollFirst();
            early(entry).remove(entry);
            due(entry.need()).add(entry);
        }
        long reachable = at + pace.call().toNanos();
        Entry renewal = firstRenewal(reachable);
        Entry key = keys.isEmpty() ? null : keys.first();
        if (renewal != null && key != null) {
            return canWait(reachable, pace) ? key : renewal;
        }
        if (renewal != null || key != null) {
            return renewal != null ? renewal : key;
        }
        return firstOf(renewals.isEmpty() ? operators : renewals);
    }

    /** Whether all due renewals could still succeed in time if another call went first. */
    private boolean canWait(long reachable, Pace pace) {
        int before = 1;
        for (Entry entry : renewals) {
            if (entry.deadline() > reachable) {
                before++;
                double queueing = before * 1e9 / pace.perSecond();
                if (entry.deadline() - reachable < queueing + pace.reserve().toNanos()) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * The lease that has waited longest for its check, left in the queue; null when none is due for one.
     *
     * @param renewed leases that are due for a renewal before this instant need no check
     */
    @Nullable
    Entry firstCheck(Instant now, Instant renewed) {
        long at = EpochNanos.of(now);
        long soon = EpochNanos.of(renewed);
        for (Entry entry : checks) {
            if (entry.early() > at) {
                return null;
            }
            if (entry.due() >= soon) {
                return entry;
            }
        }
        return null;
    }

    /** A lease without a live key whose attempt may start early, left in the queue; or null. */
    @Nullable
    Entry firstEarlyKey(Instant now) {
        return earlyKeys.isEmpty() || earlyKeys.first().early() > EpochNanos.of(now) ? null : earlyKeys.first();
    }

    private CompactSortedSet<Entry> early(Entry entry) {
        return entry.isLive() ? checks : earlyKeys;
    }

    /** Number of keys that die by then without a renewal, counted up to {@code most}. */
    int dyingBy(Instant then, int most) {
        long end = EpochNanos.of(then);
        int count = 0;
        for (Iterator<Entry> all = dying.iterator(); count < most && all.hasNext(); count++) {
            if (all.next().deadline() > end) {
                return count;
            }
        }
        return count;
    }

    /** The due renewal with the nearest deadline that a call can still meet, or null. */
    @Nullable
    Entry firstRenewal(Instant reachable) {
        return firstRenewal(EpochNanos.of(reachable));
    }

    private @Nullable Entry firstRenewal(long reachable) {
        for (Entry entry : renewals) {
            if (entry.deadline() > reachable) {
                return entry;
            }
        }
        return null;
    }

    /** Number of attempts due by then, counted up to {@code most}. */
    int dueBy(Instant then, int most) {
        long end = EpochNanos.of(then);
        int count = renewals.size() + keys.size() + operators.size();
        for (Iterator<Entry> all = waiting.iterator(); count < most && all.hasNext(); count++) {
            if (all.next().due() > end) {
                return count;
            }
        }
        return Math.min(count, most);
    }

    /** Number of attempts that are due now, counted up to {@code most}; for keys that live and for first keys. */
    int overdue(Instant now, int most) {
        long at = EpochNanos.of(now);
        int count = renewals.size() + keys.size();
        for (Iterator<Entry> all = waiting.iterator(); count < most && all.hasNext(); ) {
            Entry entry = all.next();
            if (entry.due() > at) {
                return count;
            }
            count += entry.need() == Need.RENEWAL || entry.need() == Need.KEY ? 1 : 0;
        }
        return Math.min(count, most);
    }

    /** Removes and returns one entry that time alone changes: its deadline has passed, due or not, or its pause is over; or null. */
    @Nullable
    Entry takeExpired(Instant now) {
        long at = EpochNanos.of(now);
        if (!dying.isEmpty() && dying.first().deadline() <= at) {
            return remove(dying.first().account());
        }
        return paused.isEmpty() || paused.first().due() > at
                ? null
                : remove(paused.first().account());
    }

    private CompactSortedSet<Entry> due(Need need) {
        return switch (need) {
            case RENEWAL -> renewals;
            case KEY, RECREATION -> keys;
            case OPERATOR -> operators;
            case PAUSE -> paused;
        };
    }

    private static @Nullable Entry firstOf(CompactSortedSet<Entry> entries) {
        return entries.isEmpty() ? null : entries.first();
    }
}
