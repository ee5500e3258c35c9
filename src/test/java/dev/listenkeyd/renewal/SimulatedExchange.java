package dev.listenkeyd.renewal;

import dev.listenkeyd.renewal.Failure.Reason;
import dev.listenkeyd.renewal.RenewalOutcome.Confirmed;
import dev.listenkeyd.renewal.RenewalOutcome.Failed;
import dev.listenkeyd.renewal.RenewalOutcome.Paused;
import dev.listenkeyd.renewal.RenewalOutcome.Renewed;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.NullUnmarked;

/** The exchange as binance-listen-keys.md describes it, in weather that the simulation makes. */
@NullUnmarked
final class SimulatedExchange {
    /** Weight that the exchange takes from one IP per calendar minute. */
    static final int LIMIT = 400;

    private static final Duration TTL = Duration.ofMinutes(60);
    private static final double HICCUPS = 0.02;

    /** What the exchange knows of an account. */
    static final class Account {
        final String name;
        Secret key;
        Instant expiresAt = Instant.MIN;
        /** Somebody else closed or replaced the key, and the daemon has not been told yet. */
        boolean touched;

        Instant refusedUntil = Instant.MIN;
        private int keys;
        private boolean hiccuped;

        Account(String name) {
            this.name = name;
        }

        boolean hasKey(Instant now) {
            return key != null && now.isBefore(expiresAt);
        }

        void makeKey(Instant now) {
            key = new Secret(name + "-key-" + ++keys);
            expiresAt = now.plus(TTL);
        }
    }

    final Map<String, Account> accounts = new HashMap<>();
    Instant outageUntil = Instant.MIN;
    Instant stormUntil = Instant.MIN;
    Instant bannedUntil = Instant.MIN;
    boolean hiccups = true;

    private final InstantSource clock;
    private final Random dice;
    private long minute;
    private int usedInMinute;

    SimulatedExchange(InstantSource clock, Random dice) {
        this.clock = clock;
        this.dice = dice;
    }

    Account account(String name) {
        return accounts.computeIfAbsent(name, Account::new);
    }

    /** What all programs on this IP have used of the current minute. */
    int usedWeight() {
        long now = clock.instant().getEpochSecond() / 60;
        usedInMinute = now == minute ? usedInMinute : 0;
        minute = now;
        return usedInMinute + (clock.instant().isBefore(stormUntil) ? LIMIT : 0);
    }

    Instant minuteEnds() {
        return Instant.ofEpochSecond((clock.instant().getEpochSecond() / 60 + 1) * 60);
    }

    RenewalOutcome extend(String name, Instant sentAt) {
        RenewalOutcome trouble = trouble(name, false);
        Account account = account(name);
        return trouble != null ? trouble : put(account, sentAt);
    }

    RenewalOutcome activeKey(String name, Instant sentAt) {
        RenewalOutcome trouble = trouble(name, true);
        Account account = account(name);
        return trouble != null ? trouble : post(account, sentAt);
    }

    RenewalOutcome close(String name, Instant sentAt) {
        RenewalOutcome trouble = trouble(name, false);
        if (trouble == null) {
            account(name).key = null;
        }
        return trouble != null ? trouble : new Renewed(sentAt);
    }

    private RenewalOutcome put(Account account, Instant sentAt) {
        Instant now = clock.instant();
        if (!account.hasKey(now)) {
            return failed(Reason.NO_ACTIVE_KEY);
        }
        account.expiresAt = now.plus(TTL);
        return new Renewed(sentAt);
    }

    private RenewalOutcome post(Account account, Instant sentAt) {
        Instant now = clock.instant();
        if (!account.hasKey(now)) {
            account.makeKey(now);
        }
        account.expiresAt = now.plus(TTL);
        return new Confirmed(sentAt, account.key, dice.nextBoolean() ? account.expiresAt : null);
    }

    /** Null when the call works. A call whose outcome is unknown may have worked all the same. */
    private RenewalOutcome trouble(String name, boolean mayCreate) {
        Instant now = clock.instant();
        Account account = account(name);
        int used = usedWeight();
        usedInMinute++;
        if (now.isBefore(bannedUntil)) {
            return new Paused(failure(Reason.BANNED), bannedUntil);
        }
        if (used >= LIMIT) {
            return new Paused(failure(Reason.THROTTLED), minuteEnds());
        }
        if (now.isBefore(account.refusedUntil)) {
            return failed(Reason.CREDENTIALS_REFUSED);
        }
        account.hiccuped = hiccups && !account.hiccuped && dice.nextDouble() < HICCUPS;
        if (!account.hiccuped && !now.isBefore(outageUntil)) {
            return null;
        }
        if (dice.nextInt(3) == 0) {
            workUnnoticed(account, mayCreate);
        }
        return failed(dice.nextInt(4) == 0 ? Reason.GARBLED : Reason.UNREACHABLE);
    }

    private void workUnnoticed(Account account, boolean mayCreate) {
        if (mayCreate) {
            post(account, clock.instant());
        } else {
            put(account, clock.instant());
        }
    }

    private Failed failed(Reason reason) {
        return new Failed(failure(reason));
    }

    private Failure failure(Reason reason) {
        return new Failure(clock.instant(), reason, null, null, "simulated");
    }
}
