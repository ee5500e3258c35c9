package dev.listenkeyd.policy;

import dev.listenkeyd.policy.SharedCounters.Taken;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The used quota of every limit. It outlives the policies, so a changed file gives no client a second quota. Memory is bounded
 * by the clients, their limits and {@link #MOST_SESSIONS}. Limits of scope {@link Limit.Scope#SERVER} are counted in the store
 * when several replicas share one. Thread-safe.
 */
public final class Counters {
    /** Above it, the longest idle session is forgotten, with the use of its own limits. */
    static final int MOST_SESSIONS = 1024;

    private static final String UNKNOWN =
            "the limit of all clients can't be checked now, since the store that all replicas share can't be reached; try again later";

    private final @Nullable SharedCounters sharedCounters;
    private final Map<Key, Tally> shared = new HashMap<>();
    private final Map<SessionKey, Session> sessions = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<SessionKey, Session> eldest) {
            return size() > MOST_SESSIONS;
        }
    };

    /** @param sharedCounters of all replicas; null when there is one */
    public Counters(@Nullable SharedCounters sharedCounters) {
        this.sharedCounters = sharedCounters;
    }

    /** @param of the client, or empty for limits of the server and of a session */
    private record Key(String counter, Window window, Limit.Scope scope, String of) {}

    private record SessionKey(String client, String session) {}

    private record Session(Map<Key, Tally> tallies, Map<String, RecentCalls> recent) {}

    /** Calls in one window; the next window gets a new tally. */
    private static final class Tally {
        private Instant start;
        private int used;

        Tally(Instant start) {
            this.start = start;
        }
    }

    /** The answer to a request for quota. */
    sealed interface Answer permits Reservation, Exceeded {}

    /** The quota of one call, which can be refunded. */
    public static final class Reservation implements Answer {
        private final List<Tally> tallies;
        private @Nullable Taken takenFromStore;
        private boolean refunded;

        private Reservation(List<Tally> tallies) {
            this.tallies = tallies;
        }
    }

    /**
     * A used-up limit, of several the one that ends last. Nothing was reserved.
     *
     * @param comeBackAt null when it is not known
     */
    record Exceeded(String rule, String reason, @Nullable Instant comeBackAt) implements Answer {}

    /** Whether {@link #reserve} and {@link #refund} may block for a store. */
    public boolean mayBlock() {
        return sharedCounters != null;
    }

    /** Reserves one call in all of the limits, or, when one of them is used up, in none. */
    Answer reserve(Call call, List<Limit> limits, @Nullable RateLimit rate, Instant now) {
        List<Limit> server = limits.stream()
                .filter(limit -> limit.scope() == Limit.Scope.SERVER)
                .toList();
        if (sharedCounters == null || server.isEmpty()) {
            return reserveHere(call, limits, rate, now);
        }
        List<Limit> others =
                limits.stream().filter(limit -> !server.contains(limit)).toList();
        Answer here = reserveHere(call, others, rate, now);
        if (!(here instanceof Reservation reservation)) {
            return here;
        }
        Exceeded exceeded;
        try {
            exceeded = reserve(sharedCounters, server, reservation);
        } catch (SharedCounters.Unavailable e) {
            // Several replicas could let pass several times the limit. The rate limit of the session keeps the call.
            refund(reservation);
            return new Exceeded(server.get(0).rule(), UNKNOWN, null);
        }
        if (exceeded == null) {
            return reservation;
        }
        refund(reservation);
        if (rate != null) {
            forget(call, now);
        }
        return exceeded;
    }

    private static @Nullable Exceeded reserve(SharedCounters counters, List<Limit> limits, Reservation reservation) {
        Taken taken = counters.take(limits);
        Exceeded exceeded = null;
        for (Limit limit : taken.usedUp()) {
            exceeded = later(exceeded, exceeded(limit, taken.at()));
        }
        reservation.takenFromStore = exceeded == null ? taken : null;
        return exceeded;
    }

    private synchronized void forget(Call call, Instant now) {
        Session session = sessions.get(new SessionKey(call.client(), call.session()));
        RecentCalls recent = session == null ? null : session.recent().get(call.tool());
        if (recent != null) {
            recent.remove(now);
        }
    }

    private synchronized Answer reserveHere(Call call, List<Limit> limits, @Nullable RateLimit rate, Instant now) {
        Session session = sessions.computeIfAbsent(
                new SessionKey(call.client(), call.session()), key -> new Session(new HashMap<>(), new HashMap<>()));
        Exceeded exceeded = null;
        List<Tally> tallies = new ArrayList<>();
        for (Limit limit : limits) {
            Tally tally = tally(limit, call, session, now);
            if (tally.used >= limit.max()) {
                exceeded = later(exceeded, exceeded(limit, now));
            }
            // Two limits may name one counter, but the call counts once.
            if (!tallies.contains(tally)) {
                tallies.add(tally);
            }
        }
        RecentCalls recent =
                rate == null ? null : session.recent().computeIfAbsent(call.tool(), tool -> new RecentCalls());
        if (rate != null && recent != null && recent.isFull(rate, now)) {
            exceeded = later(exceeded, new Exceeded(rate.rule(), sentence(rate), recent.comeBackAt(rate)));
        }
        if (exceeded != null) {
            return exceeded;
        }
        if (recent != null) {
            recent.add(now);
        }
        tallies.forEach(tally -> tally.used++);
        return new Reservation(tallies);
    }

    /**
     * Refunds the quota of a call that did not reach the exchange; a second refund does nothing. The rate limit of the session
     * is not refunded, so that an agent that loops while nothing works is slowed down, too.
     */
    public void refund(Reservation reservation) {
        synchronized (this) {
            if (reservation.refunded) {
                return;
            }
            reservation.refunded = true;
            reservation.tallies.forEach(tally -> tally.used--);
        }
        Taken taken = reservation.takenFromStore;
        if (sharedCounters != null && taken != null) {
            try {
                sharedCounters.giveBack(taken);
            } catch (SharedCounters.Unavailable e) {
                // The window ends soon enough.
            }
        }
    }

    /** Forgets the use of a session's own limits. */
    public synchronized void sessionEnded(String client, String session) {
        sessions.remove(new SessionKey(client, session));
    }

    /** Counters and sessions that are kept. */
    synchronized int size() {
        return shared.size() + sessions.size();
    }

    private Tally tally(Limit limit, Call call, Session session, Instant now) {
        Map<Key, Tally> tallies = limit.scope() == Limit.Scope.SESSION ? session.tallies() : shared;
        String of = limit.scope() == Limit.Scope.GRANT ? call.client() : "";
        Key key = new Key(limit.counter(), limit.window(), limit.scope(), of);
        Instant start = limit.window().start(now);
        Tally tally = tallies.get(key);
        if (tally == null || tally.start.isBefore(start)) {
            // Removed here, since no policy may name the counter of an old tally any more.
            tallies.entrySet().removeIf(entry -> isOver(entry.getKey(), entry.getValue(), now));
            tally = new Tally(start);
            tallies.put(key, tally);
        } else {
            // After the clock was set back, the tally moves along: there is no second quota, and no counter stays full
            // until the old time comes again.
            tally.start = start;
        }
        return tally;
    }

    private static boolean isOver(Key key, Tally tally, Instant now) {
        return !key.window().end(tally.start).isAfter(now);
    }

    private static Exceeded exceeded(Limit limit, Instant now) {
        String whose = switch (limit.scope()) {
            case GRANT -> "of this client";
            case SESSION -> "of this session";
            case SERVER -> "of all clients";
        };
        String unit = limit.window().word();
        String reason = "the limit " + whose + " is used up: " + limit.max() + " per " + unit;
        return new Exceeded(limit.rule(), reason, limit.window().end(now));
    }

    private static String sentence(RateLimit rate) {
        return "this session calls too fast: at most " + rate.max() + " in "
                + rate.window().toSeconds() + " s";
    }

    private static Exceeded later(@Nullable Exceeded one, Exceeded other) {
        return one == null || end(other).isAfter(end(one)) ? other : one;
    }

    private static Instant end(Exceeded exceeded) {
        Instant end = exceeded.comeBackAt();
        return end == null ? Instant.MIN : end;
    }
}
