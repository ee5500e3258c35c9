package dev.listenkeyd.renewal;

import dev.listenkeyd.renewal.CallOrder.Turn;
import dev.listenkeyd.renewal.DueQueue.Entry;
import dev.listenkeyd.renewal.LeaseBook.Change;
import dev.listenkeyd.renewal.Wishes.Answer;
import dev.listenkeyd.renewal.Wishes.Kind;
import dev.listenkeyd.renewal.Wishes.Wish;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Takes what is due, in order of urgency and as far as the gate allows, and puts it back with its next instant: the
 * only place that does. While an attempt is in flight its lease is absent from the queue, so no lease has two.
 */
public final class RenewalEngine {

    /** Attempts in flight at once. */
    static final int MAX_IN_FLIGHT = 64;
    /** Losses declared per tick, so that the loop goes on ticking when everything dies at once. */
    private static final int LOSSES_PER_TICK = 1000;

    private final LeaseBook book;
    private final RenewalPolicy policy;
    private final RenewalAttempt attempt;
    private final Surroundings surroundings;
    private final ClockWatch clockWatch;
    private final FleetCare fleet;
    private final Wishes wishes = new Wishes();
    private final Object lock = new Object();
    private final CallOrder order;
    private final Set<String> inFlight = new HashSet<>();
    private boolean stopped;

    public RenewalEngine(
            LeaseBook book,
            ExchangeGate gate,
            LeaseGateway gateway,
            RenewalPolicy policy,
            Confirmation confirmation,
            Surroundings surroundings) {
        this.book = book;
        this.policy = policy;
        this.surroundings = surroundings;
        this.clockWatch = new ClockWatch(surroundings.clock(), surroundings.nanoTime());
        this.order = new CallOrder(gate, policy, surroundings.nanoTime());
        this.fleet = new FleetCare(book, gate, policy, surroundings.clock(), this);
        Surroundings ours = surroundings.observedBy(this::watchedTime, this::happened, this::happened);
        this.attempt = new RenewalAttempt(book, gate, gateway, policy, confirmation, ours);
    }

    /** Declares what has died, starts what is due. To be called about once a second, by one thread. */
    public void tick() {
        clockWatch.look().forEach(this::happened);
        Instant now = surroundings.clock().instant();
        wishes.takeImpatient(now).forEach((account, theirs) -> answer(theirs, account, null));
        for (int left = LOSSES_PER_TICK; left > 0; left--) {
            Entry dead;
            synchronized (lock) {
                dead = order.takeExpired(now);
                if (dead == null) {
                    break;
                }
                // Owned by this declaration, as by an attempt: no call may start before it is done.
                inFlight.add(dead.account());
            }
            declareLost(dead.account(), now);
        }
        dispatch();
        // Last, since a disk can be slow: no call waits for it.
        book.saveUnsaved();
    }

    /** Time for attempts: a set clock is noticed before a reply of the new time joins leases of the old one. */
    private Instant watchedTime() {
        clockWatch.jumped().forEach(this::happened);
        return surroundings.clock().instant();
    }

    private void happened(RenewalEvent event) {
        if (event.took() != null && event.outcome() != null && event.outcome().failed() == null) {
            order.callTook(event.took());
        }
        surroundings.events().accept(event);
    }

    /** Does for all leases what follows from this, and tells of it. */
    public void happened(FleetEvent event) {
        fleet.happened(event);
        surroundings.fleetEvents().accept(event);
    }

    /** Takes all leases of the book under care, as after a restart. */
    void takeUp() {
        clockWatch.look(); // How long the start took is no stall of the loop.
        fleet.takeUp();
    }

    /** Takes a lease under care, as it stands in the book. */
    public void watch(Lease lease) {
        synchronized (lock) {
            Lease current = book.find(lease.account());
            if (current != null && !inFlight.contains(lease.account())) {
                order.put(current);
            }
        }
    }

    /** As {@link #watch(Lease)}, but its next attempt is due then. */
    void watch(Lease lease, Instant due) {
        synchronized (lock) {
            if (lease.equals(book.find(lease.account())) && !inFlight.contains(lease.account())) {
                order.put(lease, due);
            }
        }
    }

    /** Starts no more attempts. Those in flight go on; see {@link #inFlight}. */
    public void stop() {
        synchronized (lock) {
            stopped = true;
        }
    }

    /** Whether lost keys are made anew one by one only, since most were reported dead at once. */
    public boolean isRecreationSlowed() {
        return order.isRecreationSlowed();
    }

    /** Number of attempts in flight. */
    public int inFlight() {
        synchronized (lock) {
            return inFlight.size();
        }
    }

    /** An attempt as soon as gate and budget allow, or the one in flight; answers latest after {@code patience}. */
    CompletableFuture<Answer> renewNow(Lease lease, Duration patience) {
        return wish(Kind.RENEW, lease, null, patience);
    }

    /** Asks which key is active; another API key than the lease's own (null) is taken over when the exchange accepts it. */
    CompletableFuture<Answer> askNow(Lease lease, @Nullable Secret apiKey, Duration patience) {
        return wish(Kind.ASK, lease, apiKey, patience);
    }

    /** Closes the key at the exchange; after success the lease has ended. */
    CompletableFuture<Answer> closeNow(Lease lease, Duration patience) {
        return wish(Kind.CLOSE, lease, null, patience);
    }

    /**
     * Ends a lease; its key lives on until it expires.
     *
     * @throws LeaseStore.StoreException when it could not be recorded; then the lease goes on
     */
    void end(Lease lease) {
        if (book.remove(lease)) {
            synchronized (lock) {
                // Whoever registered the account anew in this instant keeps its place.
                if (book.find(lease.account()) == null) {
                    order.remove(lease.account());
                }
            }
            attempt.announceEnd(lease);
        }
    }

    private CompletableFuture<Answer> wish(Kind kind, Lease lease, @Nullable Secret apiKey, Duration patience) {
        Instant now = surroundings.clock().instant();
        Wish wish = new Wish(kind, apiKey, now.plus(patience), new CompletableFuture<>());
        synchronized (lock) {
            wishes.add(lease.account(), wish);
            Lease current = book.find(lease.account());
            if (current != null && !inFlight.contains(lease.account())) {
                order.put(current, now);
            }
        }
        dispatch();
        return wish.answer();
    }

    /** Starts what is due and may leave. Also between ticks, so that weight which comes back is not left unused. */
    public void dispatch() {
        for (Turn next = takeDue(); next != null; next = takeDue()) {
            Turn turn = next;
            boolean started = false;
            try {
                surroundings.executor().execute(() -> run(turn));
                started = true;
            } catch (RejectedExecutionException e) {
                // The process is going down: the store has what the next start needs.
                return;
            } finally {
                if (!started) {
                    turn.permit().release();
                    finish(turn.entry().account(), null, null, null);
                }
            }
        }
    }

    private @Nullable Turn takeDue() {
        Instant now = surroundings.clock().instant();
        synchronized (lock) {
            if (stopped || inFlight.size() >= MAX_IN_FLIGHT) {
                return null;
            }
            Turn next = order.take(now, account -> wishes.first(account) != null);
            if (next != null) {
                inFlight.add(next.entry().account());
            }
            return next;
        }
    }

    private void run(Turn turn) {
        String account = turn.entry().account();
        Lease lease = null;
        Wish wish = null;
        RenewalOutcome outcome = null;
        try (Permit permit = turn.permit()) {
            wish = wishes.begin(account);
            lease = book.find(account);
            if (lease != null) {
                Duration lateness = Duration.between(turn.entry().due(), watchedTime());
                outcome = attempt.fulfil(wish, lease, permit, lateness, this::callsNeeded);
                learn(lease, outcome);
            }
        } finally {
            finish(account, lease, wish, outcome);
            dispatch();
        }
    }

    /** Calls that leases will need within the next window, as far as that matters. */
    public int callsNeeded() {
        synchronized (lock) {
            return order.needed(surroundings.clock().instant());
        }
    }

    private void learn(Lease attempted, RenewalOutcome outcome) {
        FleetEvent change;
        synchronized (lock) {
            change = order.learn(attempted, outcome, book.all()::size);
        }
        Stream.ofNullable(change).forEach(this::happened);
    }

    private void finish(
            String account, @Nullable Lease attempted, @Nullable Wish wish, @Nullable RenewalOutcome outcome) {
        Lease lease = book.find(account);
        // Whoever waits for a lease that was registered meanwhile waits for a call of its own.
        boolean same = lease != null && attempted != null && lease.isSameAs(attempted);
        List<Wish> answered;
        synchronized (lock) {
            answered = wishes.takeAnswered(account, wish, same);
            putBack(account);
        }
        answer(answered, account, outcome);
    }

    /** Ends the ownership of a lease; guarded by the lock. */
    private void putBack(String account) {
        inFlight.remove(account);
        Lease lease = book.find(account);
        if (lease == null) {
            order.remove(account);
        } else if (wishes.first(account) != null) {
            order.put(lease, surroundings.clock().instant());
        } else {
            order.put(lease);
        }
    }

    private void answer(List<Wish> wishes, String account, @Nullable RenewalOutcome outcome) {
        wishes.forEach(wish -> wish.answer().complete(new Answer(book.find(account), outcome)));
    }

    private void declareLost(String account, Instant now) {
        Lease lease = book.find(account);
        Change change = lease == null ? null : book.changeUnsaved(lease, current -> policy.expired(current, now));
        synchronized (lock) {
            putBack(account);
        }
        if (change != null) {
            happened(RenewalEvent.withoutCall(change.before(), change.after(), change.recorded(), now));
        }
    }
}
