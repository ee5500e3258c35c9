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
import java.util.function.UnaryOperator;

/** Pauses accounts for maintenance, and resumes them. A pause is in force when it is on disk. Nothing blocks. Thread-safe. */
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
        Instant now = clock.instant();
        return change(account, lease -> {
            AccountPause before = lease.pause();
            return lease.withPause(new AccountPause(before == null ? now : before.since(), now.plus(time), reason));
        });
    }

    /** Ends the pause; does nothing without one. */
    CompletionStage<Lease> resume(String account) {
        Instant now = clock.instant();
        return change(account, lease -> lease.resumed(now));
    }

    private CompletionStage<Lease> change(String account, UnaryOperator<Lease> change) {
        return turns.take(account, () -> {
            Lease known = Registrations.existing(registry, account);
            if (change.apply(known).equals(known)) {
                return CompletableFuture.completedFuture(known);
            }
            return registry.changeOnDisk(known, change).thenApply(after -> {
                if (after == null) {
                    throw new LeaseRefused(Refusal.NOT_FOUND, "account: the lease has ended meanwhile");
                }
                engine.watch(after);
                return after;
            });
        });
    }

    /** @throws LeaseRefused when the account is paused, so that no call may be made for it */
    static void requireCalls(Lease lease) {
        AccountPause pause = lease.pause();
        if (pause != null) {
            throw LeaseRefused.paused(pause);
        }
    }
}
