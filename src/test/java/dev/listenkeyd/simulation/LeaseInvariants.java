package dev.listenkeyd.simulation;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.simulation.SimulatedExchange.Account;
import dev.listenkeyd.simulation.SimulatedExchange.Verb;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.NullUnmarked;

/**
 * What must hold of every lease after every event: generation follows the key, the deadline is what the replies say and
 * never later than the exchange's, every loss is told exactly once and mended by one POST.
 *
 * <p>Two things are granted. A wall clock that was set back is noticed by the next tick. And a loss whose process dies
 * after it was written and before it was told is told by the row itself: the next process counts and lists it as lost.
 */
@NullUnmarked
final class LeaseInvariants {

    /** What is known of one lease's past. */
    private static final class Past {
        Lease lease;
        boolean lost;
        int namedSinceLoss;
    }

    private final SimulationSetup setup;
    private final Agenda agenda;
    private final VirtualClocks clocks;
    private final EventHistory chronicle;
    private final Map<String, Past> pasts = new HashMap<>();
    private long setBackAt = Long.MIN_VALUE / 2;

    long losses;
    long rotations;

    LeaseInvariants(SimulationSetup setup, Agenda agenda, VirtualClocks clocks, EventHistory chronicle) {
        this.setup = setup;
        this.agenda = agenda;
        this.clocks = clocks;
        this.chronicle = chronicle;
    }

    /** A new process: it knows what was stored, no more. */
    void restarted(Iterable<Lease> stored) {
        pasts.clear();
        for (Lease lease : stored) {
            Past past = past(lease.account());
            past.lease = lease;
            past.lost = lease.isLost();
        }
    }

    void clockSetBack() {
        setBackAt = agenda.now();
    }

    void happened(RenewalEvent event, Account account) {
        if (Objects.equals(event.before(), event.after())) {
            // A call that changes nothing; its lease may have ended meanwhile.
            return;
        }
        Past past = past(account.name);
        Lease after = event.after();
        if (after == null) {
            pasts.remove(account.name);
            return;
        }
        Lease before = past.lease;
        past.lease = after;
        if (before != null) {
            checkGeneration(before, after);
        }
        checkLoss(event, past, account);
        checkDeadline(event, account);
        if (after.isLive()) {
            past.lost = false;
            past.namedSinceLoss = 0;
            account.touched &= !after.key().value().equals(account.key());
        }
    }

    private void checkGeneration(Lease before, Lease after) {
        chronicle.check(after.version() >= before.version(), after.account(), "an older lease after a newer one");
        boolean changed = after.key() != null
                && (before.key() == null
                        || !before.key().value().equals(after.key().value()));
        int expected = changed ? before.generation() + 1 : before.generation();
        chronicle.check(
                after.generation() == expected,
                after.account(),
                () -> "generation is " + after.generation() + ", by its key it should be " + expected);
        if (changed && before.key() != null) {
            rotations++;
            boolean told = after.lastLoss() != null
                    && after.lastLoss()
                            .fingerprint()
                            .equals(before.key().value().fingerprint());
            chronicle.check(told, after.account(), "a key was replaced and its loss not told");
        }
    }

    private void checkLoss(RenewalEvent event, Past past, Account account) {
        Lease after = event.after();
        if (event.isLoss()) {
            losses++;
            chronicle.check(!past.lost, account.name, "one loss was told twice");
            boolean expired = after.lastLoss().cause() == LossCause.EXPIRED;
            chronicle.check(expired || account.touched, account.name, "a key nobody touched was taken for closed");
            Instant deadline = event.before().expiresAt();
            chronicle.check(
                    !expired || !event.at().isBefore(deadline), account.name, "taken for expired before its deadline");
            past.lost = true;
        }
        chronicle.check(!after.isLost() || past.lost, account.name, "lost without a word");
    }

    private void checkDeadline(RenewalEvent event, Account account) {
        Lease lease = event.after();
        Instant deadline = lease.expiresAt();
        if (deadline == null) {
            return;
        }
        boolean changed = !lease.equals(event.before());
        Instant promised = changed ? promised(event.outcome()) : null;
        chronicle.check(
                promised == null || promised.equals(deadline),
                account.name,
                () -> "by this reply it lives until " + promised);
        Instant latest = lease.key().lastSuccessAt().plus(setup.policy().renewEvery());
        // What is overdue when the clock is set back becomes due at that instant.
        chronicle.check(
                !(lease.state() instanceof Active active)
                        || !active.nextAttemptAt().isAfter(latest)
                        || !active.nextAttemptAt().isAfter(event.at()),
                account.name,
                "its renewal is later than renew-every");
        boolean noticed = agenda.now() > setBackAt + 2 * SimulatedDaemon.TICK;
        if (lease.key().value().equals(account.key())) {
            chronicle.check(
                    !noticed || clocks.trueMillis(deadline) <= account.expiresAt(),
                    account.name,
                    () -> "its deadline is later than the exchange's, "
                            + VirtualClocks.exchangeTime(account.expiresAt()));
        } else {
            chronicle.check(
                    account.touched, account.name, "holds a key that nobody has taken away, and that is not its");
        }
    }

    private Instant promised(RenewalOutcome outcome) {
        if (outcome instanceof Renewed renewed) {
            return renewed.sentAt().plus(setup.policy().ttl());
        }
        if (outcome instanceof Confirmed confirmed) {
            Instant ours = confirmed.sentAt().plus(setup.policy().ttl());
            Instant theirs = confirmed.expiration();
            boolean earlier = theirs != null && theirs.isBefore(ours) && theirs.isAfter(confirmed.sentAt());
            return earlier ? theirs : ours;
        }
        return null;
    }

    /** One POST mends a loss; those that somebody asked for aside. */
    void answered(String account, Verb verb, RenewalOutcome outcome, boolean asked) {
        Past past = past(account);
        if (past.lost && verb == Verb.POST && outcome instanceof Confirmed && !asked) {
            chronicle.check(++past.namedSinceLoss <= 1, account, "a second key was asked for after one loss");
        }
    }

    private Past past(String account) {
        return pasts.computeIfAbsent(account, name -> new Past());
    }
}
