package dev.listenkeyd.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.NullUnmarked;

/**
 * The bound that the daemon is measured against: a renewer that always knows whether the exchange serves, and whom.
 *
 * <p><b>Jobs.</b> Every cycle of a living lease is a job: released when the policy makes its renewal due, to be done
 * before the deadline of its key, as the daemon knows it. A job is done by one call of weight 1.
 *
 * <p><b>Rules.</b> It obeys what the daemon must obey: never more than the budget, or what refusals left of it, in any
 * monotonic window, no call while
 * the gate is shut, none while the process is down or the machine asleep, none before a renewal is due (when to renew is
 * the contract's choice, not a handicap). It makes no call in vain: it waits, at no cost, until a call will work. Among
 * the jobs that can be done now it does the one whose deadline is nearest; for jobs of equal length that loses the least
 * of all orders, at every instant.
 *
 * <p><b>Handicaps.</b> What it may not do, because the contract says how soon the daemon notices, is in {@link
 * Handicaps}: a job that was released while the exchange was away is open to it only that long after the return, and any
 * other one a tick and a call after its release. A call must leave before the last slot that the policy foresees. Right
 * after a return half of a window's weight is gone: the probes that found it; after a restart, what the new process must
 * suppose to be used. What was refused when it was tried last comes after all others while weight is scarce. Nothing is
 * asked while a neighbour takes half of the limit or more, nor while replies take seconds: a call is cut when a quarter
 * of what is left of its key is over, and near the deadline that is too soon for them. Nothing else is granted.
 *
 * <p><b>Verdict.</b> Until all is calm again the daemon may at no instant have lost more leases than this one has.
 */
@NullUnmarked
final class Omniscient {

    /** One renewal that is to be made. */
    static final class Job {
        final String account;
        final long order;
        final long release;
        long deadline;
        /** When it is open to the omniscient, and from when it is too late even for that. */
        long from;

        boolean done;
        /** Refused when it was tried last: by the contract it comes after all others while weight is scarce. */
        boolean hopeless;

        Job(String account, long order, long release, long deadline) {
            this.account = account;
            this.order = order;
            this.release = release;
            this.deadline = deadline;
        }

        @Override
        public String toString() {
            return "released " + VirtualClocks.exchangeTime(release) + ", open from "
                    + VirtualClocks.exchangeTime(from) + ", deadline " + VirtualClocks.exchangeTime(deadline)
                    + (done ? ", done or lost" : "");
        }
    }

    private static final Comparator<Job> BY_DEADLINE =
            Comparator.<Job>comparingLong(job -> job.deadline).thenComparingLong(job -> job.order);
    private static final Comparator<Job> BY_START =
            Comparator.<Job>comparingLong(job -> job.from).thenComparingLong(job -> job.order);

    private final Handicaps handicaps;
    private final VirtualClocks clocks;
    private final TreeSet<Job> later = new TreeSet<>(BY_START);
    private final TreeSet<Job> open = new TreeSet<>(BY_DEADLINE);
    private final TreeSet<Job> refused = new TreeSet<>(BY_DEADLINE);
    private final TreeSet<Job> hopeless = new TreeSet<>(BY_DEADLINE);
    private final Set<String> refusedAccounts = new HashSet<>();
    private final Deque<Long> sent = new ArrayDeque<>();
    private int allowed;
    private boolean serving = true;
    private long now;
    private long order;

    /** Jobs that it could not do in time, since all was calm. */
    int lost;

    Omniscient(Handicaps handicaps, VirtualClocks clocks) {
        this.handicaps = handicaps;
        this.clocks = clocks;
        this.allowed = handicaps.weight();
    }

    /** Weight per window that may be used from now on: a refused call halves it, whoever it was that used the limit up. */
    void allow(int weight, long at) {
        advance(at);
        allowed = weight;
    }

    Job released(String account, long release, long deadline, boolean asHopeless) {
        Job job = new Job(account, order++, release, deadline);
        job.hopeless = asHopeless;
        job.from = release + handicaps.usual();
        place(job);
        return job;
    }

    /** The lease has ended, or was taken away by somebody else. */
    void cancel(Job job) {
        job.done = true;
        later.remove(job);
        open.remove(job);
        refused.remove(job);
        hopeless.remove(job);
    }

    /** The daemon has weight to spare: even what seemed hopeless has its turn. */
    void spare(long at) {
        advance(at);
        hopeless.removeIf(job -> serving && job.from <= at);
    }

    /** The daemon's clock went forward: by what it must believe all keys die that much earlier. */
    void deadlinesNearer(long millis) {
        List<Job> all = takeAll();
        all.forEach(job -> job.deadline -= millis);
        all.forEach(this::place);
    }

    void serving(boolean nowServing, long at) {
        advance(at);
        if (nowServing && !serving) {
            List<Job> all = takeAll();
            all.stream()
                    .filter(job -> job.release < at)
                    .forEach(job -> job.from = Math.max(job.from, at + handicaps.reaction(at, job.deadline)));
            all.forEach(this::place);
            spend(handicaps.probes(), at);
        }
        serving = nowServing;
    }

    boolean isServing() {
        return serving;
    }

    void refuse(String account, long at) {
        advance(at);
        refusedAccounts.add(account);
        takeAll().forEach(this::place);
    }

    void accept(String account, long at) {
        advance(at);
        refusedAccounts.remove(account);
        List<Job> all = takeAll();
        // One that is not due yet, too: after the clock was set back the daemon has tried it before its time.
        all.stream().filter(job -> job.account.equals(account)).forEach(job -> pardon(job, at));
        all.forEach(this::place);
    }

    private void pardon(Job job, long at) {
        job.hopeless = true;
        job.from = Math.max(job.from, at + handicaps.reactionToPardon(at, job.deadline));
    }

    /** Whether nothing waits that could be done. */
    boolean isIdle() {
        return open.isEmpty() && (later.isEmpty() || later.first().release > now);
    }

    void calm() {
        lost = 0;
    }

    /** Does what can be done up to this instant. */
    void advance(long then) {
        while (true) {
            while (!later.isEmpty() && later.first().from <= now) {
                open.add(later.pollFirst());
            }
            expire();
            long next = serving && !open.isEmpty() ? freeAt() : Long.MAX_VALUE;
            if (next <= now) {
                open.pollFirst().done = true;
                sent.addLast(monotonic(now));
                continue;
            }
            next = Math.min(next, soonest());
            if (next > then) {
                now = Math.max(now, then);
                return;
            }
            now = Math.max(now, next);
        }
    }

    private long soonest() {
        long next = later.isEmpty() ? Long.MAX_VALUE : later.first().from;
        next = open.isEmpty() ? next : Math.min(next, tooLate(open.first()));
        next = refused.isEmpty() ? next : Math.min(next, tooLate(refused.first()));
        next = hopeless.isEmpty() ? next : Math.min(next, tooLate(hopeless.first()));
        return Math.max(next, now + 1);
    }

    private void expire() {
        for (TreeSet<Job> jobs : List.of(open, refused, hopeless)) {
            while (!jobs.isEmpty() && tooLate(jobs.first()) <= now) {
                jobs.pollFirst().done = true;
                lost++;
            }
        }
    }

    private long tooLate(Job job) {
        return job.deadline - handicaps.lastCall();
    }

    private void place(Job job) {
        if (refusedAccounts.contains(job.account)) {
            refused.add(job);
        } else if (job.hopeless) {
            hopeless.add(job);
        } else {
            // One that opens too late waits where it is lost in time.
            job.from = Math.min(job.from, tooLate(job));
            later.add(job);
        }
    }

    private List<Job> takeAll() {
        List<Job> all = new ArrayList<>(later);
        all.addAll(open);
        all.addAll(refused);
        all.addAll(hopeless);
        later.clear();
        open.clear();
        refused.clear();
        hopeless.clear();
        return all;
    }

    /** When weight is free for one more call. */
    private long freeAt() {
        long window = handicaps.window();
        while (!sent.isEmpty() && sent.peekFirst() <= monotonic(now) - window) {
            sent.pollFirst();
        }
        int over = sent.size() - allowed;
        return over < 0 ? now : sent.stream().skip(over).findFirst().orElseThrow() + window + (now - monotonic(now));
    }

    /** Weight that is gone at once. */
    void spend(int calls, long at) {
        freeAt();
        for (int free = Math.min(calls, allowed - sent.size()); free > 0; free--) {
            sent.addLast(monotonic(at));
        }
    }

    /** The question for the exchange's limit, which the daemon must ask, costs what a renewal costs. */
    void question(long at) {
        advance(at);
        sent.addLast(monotonic(at));
    }

    private long monotonic(long trueMillis) {
        return clocks.monotonicMillis() - clocks.agendaNow() + trueMillis;
    }
}
