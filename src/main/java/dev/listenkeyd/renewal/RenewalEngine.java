package dev.listenkeyd.renewal;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.budget.Permit;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseGateway;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.renewal.CallScheduler.ScheduledCall;
import dev.listenkeyd.renewal.PendingRequests.Kind;
import dev.listenkeyd.renewal.PendingRequests.PendingRequest;
import dev.listenkeyd.renewal.Schedule.Attempt;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Starts due attempts, most urgent first, as far as the gate permits, and requeues each lease afterwards with its next instant; nothing else does either. A lease with an attempt in flight is absent from the {@link Schedule}, so no lease has two.
 */
public final class RenewalEngine {

    /** Most losses declared and pauses ended per tick, so that a tick stays short when everything dies at once. */
    private static final int EXPIRED_PER_TICK = 1000;

    private final LeaseRegistry registry;
    private final LeaseTransitions transitions;
    private final RenewalAttempt attempt;
    private final EngineContext context;
    private final ClockWatch clockWatch;
    private final StoreWatch storeWatch;
    private final FleetEventHandler fleet;
    private final Schedule schedule;

    public RenewalEngine(
            LeaseRegistry registry,
            ExchangeGate gate,
            LeaseGateway gateway,
            RenewalPolicy policy,
            Confirmation confirmation,
            EngineContext context) {
        this.registry = registry;
        this.transitions = new LeaseTransitions(policy, registry.ownership()::isInDoubt);
        this.context = context;
        this.clockWatch = new ClockWatch(context.clock(), context.nanoTime());
        this.storeWatch = new StoreWatch(registry, context.nanoTime());
        CallScheduler scheduler = new CallScheduler(gate, policy, context.nanoTime());
        this.schedule = new Schedule(registry, scheduler, context.clock());
        this.fleet = new FleetEventHandler(registry, gate, policy, context.clock(), this);
        EngineContext ours = context.observedBy(this::watchedTime, this::onEvent);
        this.attempt = new RenewalAttempt(registry, gate, gateway, transitions, confirmation, ours);
    }

    /** Declares losses, ends pauses and starts due attempts. Call it about once a second, from one thread. */
    public void tick() {
        synchronized (clockWatch) {
            clockWatch.poll().forEach(this::onEvent);
        }
        Instant now = context.clock().instant();
        schedule.removeTimedOut(now).forEach((account, theirs) -> answer(theirs, account, null));
        expire(now);
        dispatch();
        registry.tick();
        storeWatch.poll().ifPresent(this::onEvent);
    }

    /** Declares losses, and ends pauses that are over. */
    private void expire(Instant now) {
        if (registry.ownership().isInDoubt()) {
            return;
        }
        for (int left = EXPIRED_PER_TICK; left > 0; left--) {
            String account = schedule.takeExpired(now);
            if (account == null) {
                return;
            }
            expire(account, now);
        }
    }

    /**
     * The clock for attempts. A clock jump is handled before a reply with the new time meets leases with the old one: whoever
     * reads the time meanwhile waits.
     */
    private Instant watchedTime() {
        synchronized (clockWatch) {
            clockWatch.jumped().forEach(this::onEvent);
        }
        return context.clock().instant();
    }

    /** Handles an event that concerns all leases, and publishes it. */
    public void onEvent(FleetEvent event) {
        fleet.onEvent(event);
        context.fleetEvents().accept(event);
    }

    /** Takes all leases of the registry under care, after a restart. */
    public void resume() {
        clockWatch.poll(); // The time of the start is no stall of the loop.
        fleet.resume();
    }

    /** Takes a lease of another replica under care; the registry has it. */
    public void adopt(Lease lease) {
        fleet.resume(lease, context.clock().instant());
    }

    /** Another replica owns the account from now on; the registry has its lease no more. */
    public void drop(String account) {
        schedule.drop(account);
    }

    /** Takes a lease under care, as it is in the registry. */
    public void watch(Lease lease) {
        schedule.put(lease.account());
    }

    /** As {@link #watch(Lease)}, with its next attempt due at the given instant. */
    void watch(Lease lease, Instant due) {
        schedule.put(lease, due);
    }

    /** Starts no more attempts. Attempts in flight go on; see {@link #inFlight}. */
    public void stop() {
        schedule.stop();
    }

    /** Whether recreation is throttled, since most keys were reported dead at once. */
    public boolean isRecreationThrottled() {
        return schedule.isRecreationThrottled();
    }

    /** Whether an attempt for this account is in flight. */
    public boolean isInFlight(String account) {
        return schedule.isOwned(account);
    }

    /** Whether an attempt for this account is in flight, or a caller waits for one. */
    public boolean isAwaited(String account) {
        return schedule.isAwaited(account);
    }

    /** Number of attempts in flight. */
    public int inFlight() {
        return schedule.owned();
    }

    /** Calls that leases will need within the next window, counted up to the weight limit. */
    public int callsNeeded() {
        return schedule.callsNeeded();
    }

    /** Calls that are due now, counted up to {@code most}; for keys that live and for first keys. */
    public int callsDue(int most) {
        return schedule.callsDue(most);
    }

    /** Renews as soon as the gate permits, or joins the attempt in flight; completes after {@code patience} at the latest. */
    public CompletableFuture<AttemptResult> renewNow(Lease lease, Duration patience) {
        return request(Kind.RENEW, lease, null, patience);
    }

    /** Asks which key is active. With an API key other than null, it only tests that API key. */
    public CompletableFuture<AttemptResult> askNow(Lease lease, @Nullable Secret apiKey, Duration patience) {
        return request(Kind.ASK, lease, apiKey, patience);
    }

    /** Closes the key at the exchange and ends the lease. */
    public CompletableFuture<AttemptResult> closeNow(Lease lease, Duration patience) {
        return request(Kind.CLOSE, lease, null, patience);
    }

    /**
     * Ends a lease; its key lives on until it expires.
     *
     * @return fails with {@link LeaseStore.StoreException} when the end could not be written; then the lease goes on
     */
    public CompletionStage<Void> end(Lease lease) {
        return registry.remove(lease).thenAccept(removed -> {
            if (removed) {
                schedule.remove(lease.account());
            }
        });
    }

    private CompletableFuture<AttemptResult> request(
            Kind kind, Lease lease, @Nullable Secret apiKey, Duration patience) {
        Instant now = context.clock().instant();
        PendingRequest request = new PendingRequest(kind, apiKey, now.plus(patience), new CompletableFuture<>());
        schedule.put(lease.account(), request);
        dispatch();
        return request.answer();
    }

    /** Starts due attempts as far as the gate permits. Also called between ticks, so that returned weight is used at once. */
    public void dispatch() {
        for (ScheduledCall next = schedule.takeDue(); next != null; next = schedule.takeDue()) {
            ScheduledCall call = next;
            boolean started = false;
            try {
                context.executor().execute(() -> run(call));
                started = true;
            } catch (RejectedExecutionException e) {
                // The process is shutting down; the next start resumes from the store.
                return;
            } finally {
                if (!started) {
                    call.permit().release();
                    schedule.called();
                    finish(new Attempt(call.entry().account(), null, null, false), null);
                }
            }
        }
    }

    private void run(ScheduledCall call) {
        Attempt begun = schedule.begin(call);
        CompletionStage<@Nullable RenewalOutcome> ended = CompletableFuture.completedFuture(null);
        try (Permit permit = call.permit()) {
            Lease lease = begun.lease();
            if (lease == null || lease.pause() != null) {
                // It has ended, or was paused, since the call was scheduled.
                return;
            }
            if (begun.isCheck()) {
                ended = CompletableFuture.completedFuture(attempt.check(lease, permit));
            } else {
                Duration lateness = call.entry().lateness(watchedTime());
                ended = attempt.fulfil(begun.request(), lease, permit, lateness, schedule)
                        .thenApply(outcome -> outcome);
            }
        } finally {
            schedule.called();
            whenEnded(begun, ended);
        }
    }

    private void whenEnded(Attempt begun, CompletionStage<@Nullable RenewalOutcome> ended) {
        ended.whenComplete((outcome, defect) -> {
            try {
                Lease lease = begun.lease();
                PendingRequest request = begun.request();
                if (lease != null && outcome != null && (request == null || request.concernsKeptKey())) {
                    schedule.record(lease, outcome).ifPresent(this::onEvent);
                }
            } finally {
                // Even if an observer throws: a lease that stayed owned would never be renewed again.
                finish(begun, outcome);
                dispatch();
            }
        });
    }

    private void finish(Attempt begun, @Nullable RenewalOutcome outcome) {
        answer(schedule.putBack(begun), begun.account(), outcome);
    }

    private void answer(List<PendingRequest> requests, String account, @Nullable RenewalOutcome outcome) {
        requests.forEach(request -> request.answer().complete(new AttemptResult(registry.find(account), outcome)));
    }

    private void expire(String account, Instant now) {
        Lease lease = registry.find(account);
        try {
            if (lease != null) {
                registry.change(lease, current -> transitions.expired(current, now));
            }
        } finally {
            schedule.putBack(account);
        }
    }
}
