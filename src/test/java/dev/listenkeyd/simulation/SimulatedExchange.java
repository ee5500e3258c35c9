package dev.listenkeyd.simulation;

import dev.listenkeyd.budget.LimitAnswer;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Failed;
import dev.listenkeyd.lease.RenewalOutcome.Paused;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.sandbox.ExchangeRules;
import dev.listenkeyd.sandbox.ExchangeRules.IssuedKey;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.NullUnmarked;

/**
 * The exchange, as programs of one IP see it: {@link ExchangeRules}, a limit of the weight that they use together, and what follows
 * when the limit is passed. All IPs share the accounts and their keys. Its time is true time. How requests get here and replies get back is the {@link NetworkConditions}'s business.
 */
@NullUnmarked
public final class SimulatedExchange {
    /** Weight that the exchange takes from one IP per calendar minute, unless a test says otherwise. */
    public static final int LIMIT = 400;

    static final long TTL = 3_600_000;

    private static final long MINUTE = 60_000;
    private static final long DAY = 24 * 60 * MINUTE;
    /** A ban that follows another one within a day is the next longer one. */
    private static final long[] BANS = {2 * MINUTE, 10 * MINUTE, 30 * MINUTE, 2 * 60 * MINUTE, DAY, 3 * DAY};
    /** Calls that are answered by 429 within one minute before the IP is banned. */
    private static final int PATIENCE = 10;

    private static final long LENGTHENED_BY = 10_000;
    private static final long FIREWALL_PAUSE = 120_000;

    /** What a call asks for. */
    public enum Verb {
        PUT,
        POST,
        DELETE
    }

    /** What the exchange knows of an account. */
    public final class Account {
        public final String name;
        public long refusedUntil = Long.MIN_VALUE;
        /** Keys that a POST of the daemon has made. */
        public int created;
        /** Somebody else closed or replaced the key, or the daemon forgot one, and it does not know yet. */
        public boolean touched;
        /** The last call of this account failed by chance. */
        boolean hiccuped;

        Account(String name) {
            this.name = name;
        }

        /** The last key, dead or alive; null if it was closed. */
        public Secret key() {
            IssuedKey newest = rules.newest(name);
            return newest == null ? null : new Secret(newest.value());
        }

        /** When the last key dies or died, in milliseconds of true time. */
        public long expiresAt() {
            return VirtualClocks.sinceStart(rules.newest(name).expiresAt());
        }

        public boolean hasKey() {
            return rules.active(name, trueTime()) != null;
        }

        public boolean isRefused(long now) {
            return now < refusedUntil;
        }

        /** Another program's POST after a DELETE. */
        public void replaceKey() {
            rules.replace(name, trueTime());
        }

        public void closeKey() {
            rules.delete(name, trueTime());
        }
    }

    final Map<String, Account> accounts;
    int limit = LIMIT;
    /** The limit that it names when asked; null when it can't be asked. */
    Integer namedLimit = LIMIT;
    /** Longest time from a call to its reply. */
    long slowestReply = NetworkConditions.FAST;

    /** Calls that were answered by 429, and by 418. */
    public int throttledCalls;

    public int callsInBans;
    public int bansGiven;
    /** Refused calls that left when the reply to an earlier refused one could have been in, and none had worked since. */
    int lateCalls;

    public long bannedUntil = Long.MIN_VALUE;
    public long blockedUntil = Long.MIN_VALUE;
    /** Weight per minute of the other programs on this IP. */
    public int neighbours;
    /** Longest ban but one that this world knows. */
    int worstBan = BANS.length;

    private final Agenda agenda;
    private final VirtualClocks clocks;
    private final Random dice;
    private final ExchangeRules rules;
    /** Counts the weight of this IP. */
    private final ExchangeRules counter = new ExchangeRules(Duration.ofMillis(TTL), account -> account);

    private int keysMade;
    private long minute;
    private int throttled;
    private int bans;
    private long lastBan = Long.MIN_VALUE / 2;
    private long refusedSince = Long.MAX_VALUE;

    public SimulatedExchange(Agenda agenda, VirtualClocks clocks, Random dice) {
        this.agenda = agenda;
        this.clocks = clocks;
        this.dice = dice;
        this.accounts = new LinkedHashMap<>();
        this.rules = new ExchangeRules(Duration.ofMillis(TTL), this::newKey);
    }

    /** The same exchange, as another IP sees it. */
    public SimulatedExchange(SimulatedExchange other, VirtualClocks clocks) {
        this.agenda = other.agenda;
        this.clocks = clocks;
        this.dice = other.dice;
        this.accounts = other.accounts;
        this.rules = other.rules;
    }

    public Account account(String name) {
        return accounts.computeIfAbsent(name, unknown -> new Account(name));
    }

    /** What all programs on this IP have used of the current minute. */
    public int usedWeight() {
        long now = agenda.now();
        if (now / MINUTE != minute) {
            minute = now / MINUTE;
            throttled = 0;
        }
        return counter.usedWeight(trueTime()) + (int) (neighbours * (now % MINUTE) / MINUTE);
    }

    /** Whether calls of this IP are answered at all, and not for its sins refused. */
    public boolean serves() {
        long now = agenda.now();
        return now >= bannedUntil && now >= blockedUntil && usedWeight() < limit;
    }

    /** The effect of a call that has arrived, and the reply to it. */
    public RenewalOutcome act(Verb verb, Account account, Instant sentAt, long left) {
        RenewalOutcome refusal = admit(left);
        if (refusal != null) {
            return refusal;
        }
        if (account.isRefused(agenda.now())) {
            return failed(Reason.CREDENTIALS_REFUSED);
        }
        return switch (verb) {
            case PUT ->
                rules.put(account.name, trueTime()) == null ? failed(Reason.NO_ACTIVE_KEY) : new Renewed(sentAt);
            case POST -> post(account, sentAt);
            case DELETE -> {
                account.closeKey();
                yield new Renewed(sentAt);
            }
        };
    }

    private RenewalOutcome post(Account account, Instant sentAt) {
        IssuedKey before = rules.active(account.name, trueTime());
        IssuedKey key = rules.post(account.name, trueTime());
        account.created += before == null ? 1 : 0;
        // Now and then it grants less than it promises, and says so. Only who has the right time can read that.
        boolean less = clocks.isRight() && dice.nextInt(20) == 0;
        int shorter = less ? dice.nextInt(120_000) : 0;
        if (before != null) {
            Instant granted = key.expiresAt().minusMillis(shorter);
            key = new IssuedKey(key.value(), granted.isAfter(before.expiresAt()) ? granted : before.expiresAt());
            rules.set(account.name, key);
        }
        boolean named = less || dice.nextBoolean();
        return new Confirmed(sentAt, new Secret(key.value()), named ? key.expiresAt() : null);
    }

    /** The question for its limit, which costs weight as any call does. */
    public LimitAnswer limit() {
        RenewalOutcome refusal = admit(agenda.now());
        if (refusal != null) {
            return new LimitAnswer.NotNamed(refusal);
        }
        return namedLimit == null
                ? new LimitAnswer.NotNamed(failed(Reason.GONE))
                : new LimitAnswer.Named(new Renewed(clocks.instant()), namedLimit);
    }

    /** Counts the call; the reply when it is refused for its sender's sins, else null. */
    private RenewalOutcome admit(long left) {
        RenewalOutcome refusal = refusalOfAll();
        if (refusal == null) {
            counter.count(trueTime());
            refusedSince = Long.MAX_VALUE;
            return null;
        }
        if (refusedSince == Long.MAX_VALUE) {
            refusedSince = agenda.now();
        } else if (left > refusedSince + slowestReply) {
            lateCalls++;
        }
        return refusal;
    }

    private RenewalOutcome refusalOfAll() {
        long now = agenda.now();
        if (now < bannedUntil) {
            bannedUntil += LENGTHENED_BY;
            callsInBans++;
            return paused(Reason.BANNED, VirtualClocks.exchangeTime(bannedUntil));
        }
        if (now < blockedUntil) {
            return paused(Reason.BLOCKED, clocks.instant().plusMillis(FIREWALL_PAUSE));
        }
        if (usedWeight() < limit) {
            return null;
        }
        throttledCalls++;
        if (++throttled >= PATIENCE) {
            ban();
        }
        return paused(Reason.THROTTLED, nextMinute());
    }

    private Instant trueTime() {
        return VirtualClocks.exchangeTime(agenda.now());
    }

    private String newKey(String account) {
        return account + "-key-" + ++keysMade;
    }

    /** For what we did, or somebody else on this IP. */
    public void ban() {
        long now = agenda.now();
        bans = now - lastBan > DAY ? 0 : Math.min(bans + 1, Math.min(worstBan, BANS.length) - 1);
        lastBan = now;
        bansGiven++;
        bannedUntil = Math.max(bannedUntil, now + BANS[bans]);
    }

    /** As the gateway computes it: by the daemon's own clock. */
    private Instant nextMinute() {
        long wall = clocks.instant().toEpochMilli();
        return Instant.ofEpochMilli((wall / MINUTE + 1) * MINUTE + 1000);
    }

    public Failed failed(Reason reason) {
        return new Failed(failure(reason));
    }

    /** As the gateway does it: a little longer than was said, and never in the past. */
    private Paused paused(Reason reason, Instant until) {
        Instant now = clocks.instant();
        Instant later = until.isAfter(now) ? until : now.plusMillis(FIREWALL_PAUSE);
        return new Paused(failure(reason), reason == Reason.BANNED ? later.plusSeconds(1) : later);
    }

    private Failure failure(Reason reason) {
        return new Failure(clocks.instant(), reason, null, null, "simulated");
    }
}
