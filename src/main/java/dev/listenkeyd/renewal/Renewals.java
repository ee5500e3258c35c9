package dev.listenkeyd.renewal;

import dev.listenkeyd.renewal.LeaseRefused.Refusal;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Renewals that callers ask for, beside those that are due. Every refusal is a {@link LeaseRefused}, thrown or in the
 * returned stage. Thread-safe; nothing blocks.
 */
public final class Renewals {

    /**
     * What a caller gets.
     *
     * @param attempted whether a call was made
     * @param failure what it came to, null when it worked or none was made
     */
    public record Renewal(
            Lease lease, boolean attempted, @Nullable Failure failure) {}

    private final Leases leases;
    private final RenewalEngine engine;
    private final ExchangeGate gate;
    private final InstantSource clock;
    private final Duration patience;

    /** @param patience how long a caller waits for the exchange */
    public Renewals(Leases leases, RenewalEngine engine, ExchangeGate gate, InstantSource clock, Duration patience) {
        this.leases = leases;
        this.engine = engine;
        this.gate = gate;
        this.clock = clock;
        this.patience = patience;
    }

    /** One attempt, as soon as gate and budget allow. */
    public CompletionStage<Renewal> renew(String account) {
        return attempt(leases.get(account));
    }

    /**
     * One attempt, for callers who ask more often than is of use: none when the last success is younger than {@code age}, or
     * when renewals that are due need what weight is left. So whoever asks in a loop can't make those wait.
     */
    public CompletionStage<Renewal> renewUnlessFresh(String account, Duration age) {
        Lease lease = leases.get(account);
        HeldKey key = lease.key();
        boolean fresh = lease.isLive()
                && key != null
                && clock.instant().isBefore(key.lastSuccessAt().plus(age));
        if (fresh) {
            return CompletableFuture.completedFuture(new Renewal(lease, false, null));
        }
        requireSpareWeight();
        return attempt(lease);
    }

    /**
     * For calls that can wait.
     *
     * @throws LeaseRefused when renewals that are due within the next window need what weight is left
     */
    public void requireSpareWeight() {
        if (gate.weightUsed() + engine.callsNeeded() >= gate.weightLimit()) {
            throw new LeaseRefused(
                    Refusal.UPSTREAM_UNAVAILABLE,
                    "the request weight of this minute is kept for renewals that are due; the daemon renews every key by"
                            + " itself in time, so ask again in a minute");
        }
    }

    private CompletionStage<Renewal> attempt(Lease lease) {
        return engine.renewNow(lease, patience).thenApply(answer -> {
            RenewalOutcome outcome = answer.outcome();
            if (outcome == null) {
                throw new LeaseRefused(
                        Refusal.UPSTREAM_UNAVAILABLE,
                        "no call could leave in time: the gate is closed or the budget is used up; it stays due");
            }
            return new Renewal(Verdict.present(answer), true, outcome.failed());
        });
    }
}
