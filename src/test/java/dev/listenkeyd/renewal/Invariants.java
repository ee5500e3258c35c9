package dev.listenkeyd.renewal;

import static dev.listenkeyd.renewal.Given.POLICY;

import dev.listenkeyd.renewal.SimulatedExchange.Account;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;

/** What must hold at every step of a simulation; tells the story of the lease for which it did not. */
@NullUnmarked
final class Invariants {
    private static final int STORY_LENGTH = 60;
    /** Failures of one account by pure chance never come twice in a row. */
    private static final int HICCUPS_IN_A_ROW = 2;

    /** A time in which renewals may fail: of everybody when {@code account} is null. */
    record Trouble(String account, Instant from, Instant until, String what) {}

    /** From leaving to its reply. */
    private record Attempt(Instant from, Instant until) {}

    /** What is known of one account's past. */
    private static final class Past {
        final Deque<Object> story = new ArrayDeque<>();
        Instant lastEnd = Instant.MIN;
        boolean mayHurry = true;
        Lease lease;
        Instant lostAt;
    }

    private final long seed;
    private final InstantSource clock;
    private final SimulatedExchange exchange;
    private final Duration needed;
    private final int weight;
    private final Map<String, Past> pasts = new HashMap<>();
    private final List<Trouble> troubles = new ArrayList<>();
    private final Deque<Instant> sent = new ArrayDeque<>();

    long attempts;
    long losses;
    long rotations;

    /** @param needed undisturbed time in which any lease that is due must have been renewed */
    Invariants(long seed, InstantSource clock, SimulatedExchange exchange, int weight, Duration needed) {
        this.clock = clock;
        this.seed = seed;
        this.exchange = exchange;
        this.weight = weight;
        this.needed = needed.plus(POLICY.retryMax().multipliedBy(HICCUPS_IN_A_ROW));
    }

    void trouble(String account, Instant from, Instant until, String what) {
        Instant old = from.minus(Duration.ofHours(6));
        troubles.removeIf(trouble -> trouble.until().isBefore(old));
        troubles.add(new Trouble(account, from, until, what));
    }

    /** Somebody asked for a call: the next one need not keep its distance. */
    void mayHurry(String account) {
        past(account).mayHurry = true;
    }

    /** A new process: it knows what was stored, no more. */
    void restarted(Iterable<Lease> stored) {
        pasts.values().forEach(past -> {
            past.mayHurry = true;
            past.lease = null;
        });
        stored.forEach(lease -> past(lease.account()).lease = lease);
    }

    void ended(String account) {
        Past past = past(account);
        past.lease = null;
        past.lostAt = null;
        past.mayHurry = true;
    }

    int weightInWindow(Instant now) {
        while (!sent.isEmpty() && !sent.peekFirst().plusSeconds(60).isAfter(now)) {
            sent.pollFirst();
        }
        return sent.size();
    }

    void leaves(Instant now, ExchangeGate gate) {
        sent.addLast(now);
        check(weightInWindow(now) <= weight, null, "more weight than the budget in one window");
        check(gate.closed() == null, null, "a call while the gate is closed");
    }

    /** Its lease was released before its turn came. */
    void neverLeft(Instant at) {
        sent.removeFirstOccurrence(at);
    }

    void attempt(String account, Instant from, Instant until) {
        attempts++;
        Past past = past(account);
        tell(past, new Attempt(from, until));
        check(!from.isBefore(past.lastEnd), account, "two calls in flight");
        boolean tooSoon = from.isBefore(past.lastEnd.plus(POLICY.retryMin()));
        check(!tooSoon || past.mayHurry, account, "attempts closer than retry-min");
        past.lastEnd = until;
        past.mayHurry = false;
    }

    void happened(RenewalEvent event) {
        Lease after = event.after();
        Past past = past(event.lease().account());
        tell(past, event);
        if (after == null) {
            ended(event.lease().account());
            return;
        }
        Lease before = past.lease;
        past.lease = after;
        if (before != null) {
            checkGeneration(before, after);
        }
        checkDeadline(after);
        checkLoss(event, past);
    }

    private void checkGeneration(Lease before, Lease after) {
        check(after.version() >= before.version(), after.account(), "an older lease after a newer one");
        boolean changed = after.key() != null
                && (before.key() == null
                        || !before.key().value().equals(after.key().value()));
        int expected = changed ? before.generation() + 1 : before.generation();
        check(after.generation() == expected, after.account(), "generation does not follow the key");
        rotations += changed && before.key() != null ? 1 : 0;
    }

    private void checkDeadline(Lease lease) {
        Account account = exchange.account(lease.account());
        Instant deadline = lease.expiresAt();
        if (deadline != null && account.key != null && lease.key().value().equals(account.key)) {
            check(!deadline.isAfter(account.expiresAt), lease.account(), "deadline later than the exchange's");
        }
    }

    private void checkLoss(RenewalEvent event, Past past) {
        Lease lease = event.after();
        Account account = exchange.account(lease.account());
        if (event.isLoss()) {
            losses++;
            boolean expired = lease.lastLoss().cause() == LossCause.EXPIRED;
            check(expired || account.touched, lease.account(), "a key nobody touched was lost before its deadline");
            Instant success = lease.key().lastSuccessAt();
            check(
                    account.touched
                            || !expired
                            || !hadTime(lease.account(), success.plus(POLICY.renewEvery()), event.at()),
                    lease.account(),
                    "lost although there was time to renew it");
            past.lostAt = event.at();
        }
        if (lease.isLive()) {
            if (past.lostAt != null) {
                check(!hadTime(lease.account(), past.lostAt, event.at()), lease.account(), "recovered late");
            }
            past.lostAt = null;
            account.touched &= !lease.key().value().equals(account.key);
        }
    }

    /** Whether some undisturbed stretch of this time was as long as a renewal ever needs. */
    private boolean hadTime(String account, Instant from, Instant until) {
        List<Trouble> ours = troubles.stream()
                .filter(trouble ->
                        trouble.account() == null || trouble.account().equals(account))
                .sorted((a, b) -> a.from().compareTo(b.from()))
                .toList();
        Instant free = from;
        for (Trouble trouble : ours) {
            if (!trouble.from().isBefore(until)) {
                break;
            }
            if (trouble.from().isAfter(free.plus(needed))) {
                return true;
            }
            free = trouble.until().isAfter(free) ? trouble.until() : free;
        }
        return until.isAfter(free.plus(needed));
    }

    void check(boolean holds, String account, String what) {
        if (!holds) {
            throw new AssertionError(
                    "seed " + seed + " at " + clock.instant() + ": " + what + (account == null ? "" : story(account)));
        }
    }

    private String story(String account) {
        StringBuilder told = new StringBuilder(" (" + account + ")\n");
        past(account)
                .story
                .forEach(line -> told.append("  ")
                        .append(line instanceof RenewalEvent event ? line(event) : line)
                        .append('\n'));
        troubles.stream()
                .filter(trouble ->
                        trouble.account() == null || trouble.account().equals(account))
                .forEach(trouble -> told.append("  ").append(trouble).append('\n'));
        return told.toString();
    }

    private static String line(RenewalEvent event) {
        Lease after = event.after();
        String outcome = event.outcome() == null ? "no call" : event.outcome().toString();
        return event.at() + " " + outcome
                + (after == null
                        ? " ended"
                        : " -> " + after.state() + " generation " + after.generation() + " until " + after.expiresAt()
                                + " loss " + after.lastLoss());
    }

    void tell(String account, Object line) {
        tell(past(account), line);
    }

    private static void tell(Past past, Object line) {
        past.story.addLast(line);
        if (past.story.size() > STORY_LENGTH) {
            past.story.pollFirst();
        }
    }

    private Past past(String account) {
        return pasts.computeIfAbsent(account, name -> new Past());
    }
}
