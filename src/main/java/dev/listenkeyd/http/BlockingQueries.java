package dev.listenkeyd.http;

import dev.listenkeyd.access.AuthFailures.Reason;
import dev.listenkeyd.access.BearerAuthentication;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.notify.ChangeWaiters;
import dev.listenkeyd.registration.Leases;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Calls that are answered once a lease is another than the caller knows, or the caller's wait is over. */
@Singleton
final class BlockingQueries {
    /** Describes the parameter. */
    static final String WAIT = "The longest wait, such as 30s; at most 120s, none without it";

    /** The longest wait; it must end before the connection counts as idle. */
    static final Duration LONGEST = Duration.ofMinutes(2);

    private final Leases leases;
    private final ChangeWaiters waiters;
    private final BearerAuthentication authentication;

    BlockingQueries(Leases leases, ChangeWaiters waiters, BearerAuthentication authentication) {
        this.leases = leases;
        this.waiters = waiters;
        this.authentication = authentication;
    }

    /** The caller: its Authorization header, and the scope that it needs at the beginning of the wait and at its end. */
    record Caller(@Nullable String authorization, String scope) {}

    /**
     * The account's lease once it is news to the caller, or as it is when the wait is over.
     *
     * @param wait as the caller wrote it; null for no wait
     * @return fails with {@link LeaseRefused} when the lease has ended meanwhile
     * @throws LeaseRefused when there is no lease, or for a wrong wait
     */
    CompletionStage<Lease> awaitNews(String account, Caller caller, @Nullable String wait, Predicate<Lease> isNews) {
        Duration longest = duration(wait);
        Lease known = leases.get(account);
        if (longest.isZero() || isNews.test(known)) {
            return CompletableFuture.completedFuture(known);
        }
        return waiters.await(account, () -> isNews(leases.find(account), isNews), longest)
                .thenApply(over -> {
                    if (!authentication.isStillAllowed(caller.authorization(), caller.scope())) {
                        throw new CallForbidden(
                                Reason.SCOPE, "the token was replaced, or its scope taken away, meanwhile");
                    }
                    return leases.get(account);
                });
    }

    private static boolean isNews(@Nullable Lease lease, Predicate<Lease> isNews) {
        return lease == null || isNews.test(lease);
    }

    private static Duration duration(@Nullable String raw) {
        if (raw == null) {
            return Duration.ZERO;
        }
        Duration wait = Durations.parse(raw, Duration.ZERO, LONGEST);
        if (wait == null) {
            throw new LeaseRefused(
                    Refusal.INVALID_REQUEST,
                    "wait: must be a duration such as 30s, of at most " + LONGEST.toSeconds() + "s");
        }
        return wait;
    }
}
