package dev.listenkeyd.registration;

import dev.listenkeyd.lease.AccountPause;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalEngine;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Pauses accounts for maintenance, and resumes them. A pause is in force when it is on disk; its end at once, since a disk that can't
 * be written must not cost the key. Nothing blocks. Thread-safe.
 */
final class AccountPauses {
    private final LeaseRegistry registry;
    private final RenewalEngine engine;
    private final InstantSource clock;
    private final AccountTurns turns;

    AccountPauses(LeaseRegistry registry, RenewalEngine engine, InstantSource clock, AccountTurns turns) {
        this.registry = registry;
        this.engine = engine;
        this.clock = clock;
        this.turns = turns;
    }

    /** Pauses the account. A second pause replaces the end and the reason of the first, which goes on. */
    CompletionStage<Lease> pause(String account, Duration time, String reason) {
        return turns.take(account, () -> {
            Lease known = Registrations.existing(registry, account);
            Instant now = clock.instant();
            return registry.changeOnDisk(known, lease -> paused(lease, now, now.plus(time), reason))
                    .thenApply(this::watched);
        });
    }

    private static Lease paused(Lease lease, Instant now, Instant until, String reason) {
        AccountPause before = lease.pause();
        return lease.withPause(new AccountPause(before == null ? now : before.since(), until, reason));
    }

    /** Ends the pause; does nothing without one. */
    CompletionStage<Lease> resume(String account) {
        return turns.takeInMemory(account, false, () -> {
            Lease known = Registrations.existing(registry, account);
            return CompletableFuture.completedFuture(
                    known.pause() == null
                            ? known
                            : watched(registry.change(known, lease -> lease.resumed(clock.instant()))));
        });
    }

    private Lease watched(@Nullable Lease after) {
        if (after == null) {
            throw new LeaseRefused(Refusal.NOT_FOUND, "account: the lease has ended meanwhile");
        }
        engine.watch(after);
        return after;
    }

    /** @throws LeaseRefused when the account is paused, so that no call may be made for it */
    static void requireCalls(Lease lease) {
        AccountPause pause = lease.pause();
        if (pause != null) {
            throw LeaseRefused.paused(pause);
        }
    }
}
