package dev.listenkeyd.policy;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/** When a session has called a tool, as far as a sliding limit needs it: never more instants than that allows calls. */
final class RecentCalls {
    private final Deque<Instant> calls = new ArrayDeque<>();

    /** Whether as many calls as are allowed were made in the stretch that ends now. */
    boolean isFull(RateLimit limit, Instant now) {
        pullBack(now);
        while (!calls.isEmpty() && !calls.getFirst().plus(limit.window()).isAfter(now)) {
            calls.removeFirst();
        }
        return calls.size() >= limit.max();
    }

    /** When enough calls are out of the stretch for the next one; of a limit that is full. */
    Instant comeBackAt(RateLimit limit) {
        int surplus = calls.size() - limit.max();
        Instant last = calls.stream().skip(surplus).findFirst().orElseThrow();
        return last.plus(limit.window());
    }

    void add(Instant now) {
        calls.addLast(now);
    }

    /** After the clock was set back, calls of a time to come are calls of now: they neither vanish nor block for long. */
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
