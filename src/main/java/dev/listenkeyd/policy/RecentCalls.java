package dev.listenkeyd.policy;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/** The recent calls of one tool by one session, for a sliding limit. Holds at most as many as the limit allows. */
final class RecentCalls {
    private final Deque<Instant> calls = new ArrayDeque<>();

    /** Whether the window that ends now holds as many calls as are allowed. */
    boolean isFull(RateLimit limit, Instant now) {
        pullBack(now);
        while (!calls.isEmpty() && !calls.getFirst().plus(limit.window()).isAfter(now)) {
            calls.removeFirst();
        }
        return calls.size() >= limit.max();
    }

    /** When the window has room for the next call; only for a limit that is full. */
    Instant comeBackAt(RateLimit limit) {
        int surplus = calls.size() - limit.max();
        Instant last = calls.stream().skip(surplus).findFirst().orElseThrow();
        return last.plus(limit.window());
    }

    void add(Instant now) {
        calls.addLast(now);
    }

    /** Takes back a call of this instant. */
    void remove(Instant at) {
        calls.removeLastOccurrence(at);
    }

    /** After the clock was set back, calls in the future count as calls of now: they neither vanish nor block for long. */
    private void pullBack(Instant now) {
        int moved = 0;
        while (!calls.isEmpty() && calls.getLast().isAfter(now)) {
            calls.removeLast();
            moved++;
        }
        for (; moved > 0; moved--) {
            calls.addLast(now);
        }
    }
}
