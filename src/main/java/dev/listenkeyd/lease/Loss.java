package dev.listenkeyd.lease;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The death of a key that the daemon was to keep alive, or its replacement by another one.
 *
 * @param seq the version of the lease that shows it first: it grows from loss to loss of an account
 * @param lostAt the last instant at which the key is known to have lived; from here to {@code recoveredAt} a consumer
 *     must reconcile by REST
 * @param noticedAt when the daemon knew of it
 * @param recoveredAt when the account had a live key again; null until then
 * @param fingerprint of the dead key
 * @param newFingerprint of the live key; null until {@code recoveredAt}
 */
public record Loss(
        long seq,
        LossCause cause,
        Instant lostAt,
        Instant noticedAt,
        @Nullable Instant recoveredAt,
        String fingerprint,
        @Nullable String newFingerprint) {

    /** The same loss with its end; unchanged when it has ended already. */
    public Loss recovered(Instant at, Secret key) {
        return recoveredAt == null ? new Loss(seq, cause, lostAt, noticedAt, at, fingerprint, key.fingerprint()) : this;
    }
}
