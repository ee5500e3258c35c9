package dev.listenkeyd.simulation;

import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Paused;
import dev.listenkeyd.simulation.SimulatedExchange.Account;
import dev.listenkeyd.simulation.SimulatedExchange.Verb;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;

/** What must hold of every call: one per account at a time, far enough apart, within the budget, through the gate. */
@NullUnmarked
final class CallInvariants {
    private static final int CALLS_PER_ATTEMPT = 2;
    /** Checks may leave while less than this part of the budget is used. */
    private static final int CHECKS_SHARE = 5;

    /** A wish waits that long for its turn, and for the attempt before it. */
    private static final long WISH = 3 * SimulatedDaemon.CALL_TIMEOUT;

    /** What is known of one account's calls. */
    private static final class Past {
        boolean inFlight;
        /** The call under way left after a pause, to find out whether that is over. */
        boolean probe;

        long answeredAt = Long.MIN_VALUE / 2;
        boolean succeeded;
        /** Calls of the attempt that was made last. */
        int inAttempt;
        /** The process is new, or the clock was set: the next attempt need not keep its distance. */
        boolean mayHurry = true;
        /** Somebody has asked for an attempt, and none was made since. */
        boolean isAsked;
        /** Until then an attempt may be somebody's wish, which need not keep its distance either. */
        long askedUntil = Long.MIN_VALUE;
    }

    private final SimulationSetup setup;
    private final Agenda agenda;
    private final VirtualClocks clocks;
    private final EventHistory chronicle;
    private final Map<String, Past> pasts = new HashMap<>();
    /** Monotonic send times of the current window. */
    private final Deque<Long> sent = new ArrayDeque<>();
    /** End of the pause that the daemon was told of, by its own clock; survives its restarts. */
    private Instant silentUntil = Instant.MIN;

    /** When it was told so. */
    private long toldAt = Long.MIN_VALUE;

    /** When the exchange became unreachable, or reachable. */
    private long outageTurnedAt = Long.MIN_VALUE;
    /** The last check while the exchange was unreachable. */
    private long probedAt = Long.MIN_VALUE / 2;

    private boolean banned;
    private int probes;

    long attempts;
    long checks;
    long made;

    CallInvariants(SimulationSetup setup, Agenda agenda, VirtualClocks clocks, EventHistory chronicle) {
        this.setup = setup;
        this.agenda = agenda;
        this.clocks = clocks;
        this.chronicle = chronicle;
    }

    /** Somebody wants an attempt now; it may have to wait for one that is under way. */
    void asked(String account) {
        past(account).askedUntil = agenda.now() + WISH;
        past(account).isAsked = true;
    }

    boolean isAsked(String account) {
        return agenda.now() <= past(account).askedUntil;
    }

    boolean isInFlight(String account) {
        return past(account).inFlight;
    }

    /** The wall clock was set: what waited for an instant may find that it has come. */
    void allMayHurry() {
        pasts.values().forEach(past -> past.mayHurry = true);
    }

    /** By its own clock: a pause of minutes stays one of minutes, a ban names its end. */
    void clockSetBack(long millis) {
        if (!banned && silentUntil.isAfter(Instant.MIN)) {
            silentUntil = silentUntil.minusMillis(millis);
        }
    }

    /** A new process can know of no more calls, and of no later pause, than was written. */
    void restarted(int told, Pause pause) {
        Instant known = pause == null ? Instant.MIN : pause.until();
        silentUntil = known.isBefore(silentUntil) ? known : silentUntil;
        probes = 0;
        pasts.values().forEach(past -> {
            past.mayHurry = true;
            past.inFlight = false;
            past.probe = false;
        });
        weightInWindow();
        while (sent.size() > told) {
            sent.pollFirst();
        }
    }

    int weightInWindow() {
        long start = clocks.monotonicMillis() - setup.budget().window().toMillis();
        while (!sent.isEmpty() && sent.peekFirst() <= start) {
            sent.pollFirst();
        }
        return sent.size();
    }

    void leaves(Verb verb, Lease lease, ExchangeGate gate) {
        String account = lease.account();
        made++;
        sent.addLast(clocks.monotonicMillis());
        chronicle.check(
                weightInWindow() <= setup.budget().weight(), account, "more weight than the budget in a window");
        // A call whose permit was granted in the millisecond in which the pause is told leaves all the same.
        boolean permitted = toldAt == agenda.now();
        chronicle.check(permitted || gate.closed() == null, account, "a call while the gate is closed");
        chronicle.check(
                permitted || !clocks.instant().isBefore(silentUntil),
                account,
                () -> "a call in a pause that ends at " + silentUntil);
        Past past = past(account);
        boolean isCheck = isCheck(lease, past);
        if (isCheck) {
            checkCheck(verb, lease, past, gate);
        }
        chronicle.check(!past.inFlight, account, "two calls in flight");
        chronicle.accept(account, verb);
        countAttempt(account, past, isCheck);
        past.inFlight = true;
        if (!permitted && silentUntil.isAfter(Instant.MIN)) {
            chronicle.check(probes == 0, account, "two calls at once before one has shown that the pause is over");
            probes++;
            past.probe = true;
        }
    }

    /** A call for a live key whose renewal is not due, and that nobody asked for, unless it confirms the one before it. */
    private boolean isCheck(Lease lease, Past past) {
        return lease.state() instanceof Active active
                && active.nextAttemptAt().isAfter(clocks.instant())
                && !past.isAsked
                && agenda.now() != past.answeredAt;
    }

    private void checkCheck(Verb verb, Lease lease, Past past, ExchangeGate gate) {
        checks++;
        Instant now = clocks.instant();
        Duration every = setup.policy().checkEvery();
        String account = lease.account();
        chronicle.check(every != null, account, "a check, though checks are off");
        Instant asked = lease.onLoss() == OnLoss.RECREATE
                ? lease.key().knownAliveAt()
                : lease.key().lastSuccessAt();
        chronicle.check(past.mayHurry || !asked.plus(every).isAfter(now), account, "checked too soon");
        Verb expected = lease.onLoss() == OnLoss.RECREATE ? Verb.POST : Verb.PUT;
        chronicle.check(verb == expected, account, () -> "checked by " + verb);
        // As with a pause: its permit may have been granted in the same millisecond.
        if (outageTurnedAt == agenda.now()) {
            return;
        }
        if (gate.isAway()) {
            chronicle.check(
                    agenda.now() - probedAt >= setup.policy().retryMax().toMillis() - SimulatedDaemon.TICK,
                    account,
                    "checks closer than retry-max while the exchange is unreachable");
            probedAt = agenda.now();
            return;
        }
        int used = weightInWindow();
        int limit = gate.weightLimit();
        chronicle.check(
                (used - 1) * CHECKS_SHARE < limit,
                account,
                () -> "a check as call number " + used + " of " + limit + " in the window");
    }

    private void countAttempt(String account, Past past, boolean isCheck) {
        long gap = agenda.now() - past.answeredAt;
        boolean follows = gap == 0 && past.succeeded && past.inAttempt < CALLS_PER_ATTEMPT;
        if (follows) {
            past.inAttempt++;
            return;
        }
        // A check may follow a success closely, as a confirmation does.
        boolean tooSoon = gap < setup.policy().retryMin().toMillis() && !(isCheck && past.succeeded);
        past.isAsked &= isCheck;
        chronicle.check(
                !tooSoon || past.mayHurry || isAsked(account),
                account,
                () -> "attempts closer than retry-min: " + gap + " ms");
        past.mayHurry = false;
        past.inAttempt = 1;
        attempts++;
    }

    void answered(String account, RenewalOutcome outcome) {
        Past past = past(account);
        past.inFlight = false;
        probes -= past.probe ? 1 : 0;
        past.probe = false;
        past.answeredAt = agenda.now();
        past.succeeded = outcome.failed() == null;
        learn(outcome);
    }

    /** A probe has found that the pause holds no more. */
    void pauseLifted() {
        silentUntil = Instant.MIN;
    }

    /** The exchange has become unreachable, or reachable. */
    void outageTurned() {
        outageTurnedAt = agenda.now();
        probedAt = Long.MIN_VALUE / 2;
    }

    /** What any reply says of the whole IP; the exchange's own word that a call failed shows that it answers, too. */
    void learn(RenewalOutcome outcome) {
        Failure failure = outcome.failed();
        boolean answered = failure == null
                || !(failure.reason().isNoAnswer() || failure.reason().isPause());
        if (answered && !clocks.instant().isBefore(silentUntil)) {
            silentUntil = Instant.MIN;
        }
        if (outcome instanceof Paused paused && paused.until().isAfter(silentUntil)) {
            silentUntil = paused.until();
            toldAt = agenda.now();
            banned = paused.failure().reason() == Reason.BANNED;
            chronicle.accept("told to be silent until " + silentUntil + " by its clock: "
                    + paused.failure().reason());
        }
    }

    /** No POST makes a key for somebody who only wants to be told. */
    void created(Verb verb, Lease lease, Account account) {
        chronicle.check(
                lease.generation() == 0 || lease.onLoss() == OnLoss.RECREATE || account.touched,
                account.name,
                () -> "a key was made by " + verb + " for a lease that only reports");
    }

    private Past past(String account) {
        return pasts.computeIfAbsent(account, name -> new Past());
    }
}
