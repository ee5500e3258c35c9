package dev.listenkeyd.renewal;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Callers who wait for an attempt, by account, first come first served. Thread-safe. */
final class Wishes {

    /** What a caller asks of the next attempt. */
    enum Kind {
        /** Renew, or get a key where none lives. */
        RENEW,
        /** Ask which key is active. */
        ASK,
        /** Close the key and end the lease. */
        CLOSE
    }

    /**
     * What came of waiting.
     *
     * @param lease after the attempt, null when it is gone
     * @param outcome null when no attempt was made in time; the lease stays due
     */
    record Answer(@Nullable Lease lease, @Nullable RenewalOutcome outcome) {}

    /**
     * @param apiKey for {@link Kind#ASK}: the API key to ask with, null for the lease's own
     * @param giveUpAt when the caller wants an answer, whatever it is
     */
    record Wish(Kind kind, @Nullable Secret apiKey, Instant giveUpAt, CompletableFuture<Answer> answer) {}

    private final Map<String, List<Wish>> byAccount = new HashMap<>();
    private final Set<Wish> begun = new HashSet<>();

    synchronized void add(String account, Wish wish) {
        byAccount.computeIfAbsent(account, name -> new ArrayList<>()).add(wish);
    }

    /** The wish that the next attempt fulfils, null when nobody waits. */
    synchronized @Nullable Wish first(String account) {
        List<Wish> all = byAccount.get(account);
        return all == null ? null : all.get(0);
    }

    /** As {@link #first}, and an attempt for it begins now. */
    synchronized @Nullable Wish begin(String account) {
        Wish wish = first(account);
        if (wish != null) {
            begun.add(wish);
        }
        return wish;
    }

    /**
     * Takes out who is answered by an attempt: its own wish and, when it was a renewal, all who joined it.
     *
     * @param fulfilled null for an attempt that nobody had asked for
     * @param joined whether the attempt was for the very lease that others wait for
     */
    synchronized List<Wish> takeAnswered(String account, @Nullable Wish fulfilled, boolean joined) {
        List<Wish> all = byAccount.getOrDefault(account, List.of());
        boolean renewal = joined && (fulfilled == null || fulfilled.kind() == Kind.RENEW);
        List<Wish> answered = all.stream()
                .filter(wish -> wish.equals(fulfilled) || (renewal && wish.kind() == Kind.RENEW))
                .toList();
        drop(account, answered);
        return answered;
    }

    /**
     * Takes out who has no patience left. What changes a lease and has begun is waited for: nobody may be told that nothing
     * happened, and find out later that it did.
     */
    synchronized Map<String, List<Wish>> takeImpatient(Instant now) {
        Map<String, List<Wish>> impatient = new HashMap<>();
        byAccount.forEach((account, all) -> {
            List<Wish> theirs = all.stream()
                    .filter(wish -> !now.isBefore(wish.giveUpAt()) && mayGiveUp(wish))
                    .toList();
            if (!theirs.isEmpty()) {
                impatient.put(account, theirs);
            }
        });
        impatient.forEach(this::drop);
        return impatient;
    }

    private boolean mayGiveUp(Wish wish) {
        return wish.kind() == Kind.RENEW || !begun.contains(wish);
    }

    private void drop(String account, List<Wish> gone) {
        gone.forEach(begun::remove);
        List<Wish> all = byAccount.get(account);
        if (all == null) {
            return;
        }
        all.removeAll(gone);
        if (all.isEmpty()) {
            byAccount.remove(account);
        }
    }
}
