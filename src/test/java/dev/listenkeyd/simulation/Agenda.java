package dev.listenkeyd.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.NullUnmarked;

/**
 * What happens next, in virtual time, and nothing else meanwhile.
 *
 * <p>An attempt of the core is blocking code. While it waits for a reply its stack has to wait, too, and others go on:
 * that takes threads, of which one at a time runs, the holder of the baton. Handing it over costs about ten
 * microseconds, so it is done as seldom as can be: whoever waits for a reply works off the agenda on top of its own
 * stack, and only an attempt that starts while another one waits there gets a thread of its own. So calls can be
 * answered in any order, time may pass on either leg of a call, and most attempts never change the thread. All is
 * decided by the order of the agenda, never by the scheduler of the machine. What this does not explore are
 * interleavings of two threads between two calls: the core's locks are tested elsewhere.
 */
@NullUnmarked
public final class Agenda implements AutoCloseable {

    private record Planned(long at, long order, Runnable what) implements Comparable<Planned> {
        @Override
        public int compareTo(Planned other) {
            int byTime = Long.compare(at, other.at);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    /** An attempt that waits for its reply. */
    public final class Sleep {
        private final Runner runner = holder;
        private boolean over;

        /** Lets the attempt go on; the last thing that an event does. */
        public void end() {
            if (!over) {
                over = true;
                handTo(runner);
            }
        }
    }

    private final PriorityQueue<Planned> planned = new PriorityQueue<>();
    private final List<Runner> runners = new ArrayList<>();
    private final Deque<Runner> idle = new ArrayDeque<>();
    private Runner holder;
    private long now;
    private long order;
    private long end;
    private Throwable failure;
    private boolean closed;

    private volatile Thread driver;

    /** Milliseconds since the start, as the world counts them. */
    public long now() {
        return now;
    }

    public void at(long then, Runnable what) {
        planned.add(new Planned(Math.max(now, then), order++, what));
    }

    public void in(long millis, Runnable what) {
        at(now + millis, what);
    }

    /** Runs code that may {@link #sleep}, now but after what is planned for now. */
    public void start(Runnable attempt) {
        in(0, () -> begin(attempt));
    }

    private void begin(Runnable attempt) {
        Runner runner = holder;
        if (runner.sleeping) {
            runner = idle.isEmpty() ? newRunner() : idle.pop();
        }
        runner.task = attempt;
        handTo(runner);
    }

    /** Waits, as part of an attempt, until somebody ends the sleep. */
    public void sleep(Sleep sleep) {
        Runner me = holder;
        me.sleeping = true;
        me.workUntil(sleep);
        me.sleeping = false;
    }

    /** Ends the run: it has failed. The first failure counts. */
    public void fail(Throwable thrown) {
        failure = failure == null ? thrown : failure;
    }

    /** Works off the agenda up to this instant. */
    public void runUntil(long then) {
        end = then;
        driver = Thread.currentThread();
        if (holder == null) {
            holder = newRunner();
        }
        holder.giveTurn();
        while (driver != null) {
            LockSupport.park(this);
        }
        if (failure != null) {
            throw new AssertionError(failure.getMessage(), failure);
        }
        now = then;
    }

    @Override
    public void close() {
        closed = true;
        // Whoever still sleeps belongs to a run that has failed: one of them at a time can't be let go on.
        runners.stream().filter(runner -> !runner.sleeping).forEach(Runner::giveTurn);
    }

    private Runner newRunner() {
        Runner runner = new Runner();
        runners.add(runner);
        runner.setDaemon(true);
        runner.start();
        return runner;
    }

    private void handTo(Runner next) {
        Runner me = holder;
        if (me != next) {
            if (!me.sleeping) {
                idle.push(me);
            }
            holder = next;
            next.giveTurn();
            me.awaitTurn();
        }
    }

    private boolean isOver() {
        return failure != null || planned.isEmpty() || planned.peek().at() > end;
    }

    private final class Runner extends Thread {
        private Runnable task;
        private boolean sleeping;
        private volatile boolean turn;

        @Override
        public void run() {
            awaitTurn();
            while (!closed) {
                Runnable mine = task;
                task = null;
                if (mine != null) {
                    guarded(mine);
                }
                workUntil(null);
            }
        }

        /** Until this sleep is over; without one, until there is an attempt to run. */
        private void workUntil(Sleep sleep) {
            while (!closed && (sleep == null ? task == null : !sleep.over)) {
                if (isOver()) {
                    Thread waiting = driver;
                    driver = null;
                    LockSupport.unpark(waiting);
                    awaitTurn();
                } else {
                    Planned next = planned.poll();
                    now = next.at();
                    guarded(next.what());
                }
            }
        }

        private void guarded(Runnable what) {
            try {
                what.run();
            } catch (RuntimeException | Error e) {
                fail(e);
            }
        }

        private void giveTurn() {
            turn = true;
            LockSupport.unpark(this);
        }

        private void awaitTurn() {
            while (!turn) {
                LockSupport.park(Agenda.this);
            }
            turn = false;
        }
    }
}
