package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.Secret;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Requests that wait for an attempt, by account, first come first served. Thread-safe. */
final class PendingRequests {

    /** The kind of attempt that a caller requests. */
    enum Kind {
        /** Renew the key, or obtain one where none lives. */
        RENEW,
        /** Ask which key is active. */
        ASK,
        /** Close the key and end the lease. */
        CLOSE
    }

    /**
     * @param apiKey for {@link Kind#ASK}: the API key to ask with, null for the lease's own
     * @param giveUpAt when the caller stops waiting
     */
    record PendingRequest(
            Kind kind, @Nullable Secret apiKey, Instant giveUpAt, CompletableFuture<AttemptResult> answer) {

        /** Whether the reply is about the lease's key: not when the key was to be closed, or another API key was tested. */
        boolean concernsKeptKey() {
            return kind != Kind.CLOSE && apiKey == null;
        }
    }

    private final Map<String, List<PendingRequest>> byAccount = new HashMap<>();
    private final Set<PendingRequest> begun = new HashSet<>();

    synchronized void add(String account, PendingRequest request) {
        byAccount.computeIfAbsent(account, name -> new ArrayList<>()).add(request);
    }

    /** The request that the next attempt serves, or null. */
    synchronized @Nullable PendingRequest first(String account) {
        List<PendingRequest> all = byAccount.get(account);
        return all == null ? null : all.get(0);
    }

    /** As {@link #first}, and marks it as begun. */
    synchronized @Nullable PendingRequest begin(String account) {
        PendingRequest request = first(account);
        if (request != null) {
            begun.add(request);
        }
        return request;
    }

    /**
     * Removes the requests that an attempt completes: its own and, for a renewal, all others that wait for one.
     *
     * @param fulfilled null for an attempt that no caller had requested
     * @param joined whether the attempt served the same registration that the others wait for
     */
    synchronized List<PendingRequest> removeCompletedBy(
            String account, @Nullable PendingRequest fulfilled, boolean joined) {
        List<PendingRequest> all = byAccount.getOrDefault(account, List.of());
        boolean renewal = joined && (fulfilled == null || fulfilled.kind() == Kind.RENEW);
        List<PendingRequest> answered = all.stream()
                .filter(request -> request.equals(fulfilled) || (renewal && request.kind() == Kind.RENEW))
                .toList();
        drop(account, answered);
        return answered;
    }

    /**
     * Removes requests that have timed out. An ASK or CLOSE already begun never times out: its caller must learn the result.
     */
    synchronized Map<String, List<PendingRequest>> removeTimedOut(Instant now) {
        Map<String, List<PendingRequest>> impatient = new HashMap<>();
        byAccount.forEach((account, all) -> {
            List<PendingRequest> theirs = all.stream()
                    .filter(request -> !now.isBefore(request.giveUpAt()) && mayGiveUp(request))
                    .toList();
            if (!theirs.isEmpty()) {
                impatient.put(account, theirs);
            }
        });
        impatient.forEach(this::drop);
        return impatient;
    }

    private boolean mayGiveUp(PendingRequest request) {
        return request.kind() == Kind.RENEW || !begun.contains(request);
    }

    private void drop(String account, List<PendingRequest> gone) {
        gone.forEach(begun::remove);
        List<PendingRequest> all = byAccount.get(account);
        if (all == null) {
            return;
        }
        all.removeAll(gone);
        if (all.isEmpty()) {
            byAccount.remove(account);
        }
    }
}
