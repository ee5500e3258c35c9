package dev.listenkeyd.lease;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The death of a key that the daemon was to keep alive.
 *
 * @param lostAt the last instant at which the key is known to have lived; from here to {@code recoveredAt} a consumer
 *     must reconcile by REST
 * @param recoveredAt when the account had a live key again; null until then
 * @param fingerprint of the dead key
 */
public record Loss(
        LossCause cause, Instant lostAt, @Nullable Instant recoveredAt, String fingerprint) {

    public Loss recovered(Instant at) {
        return recoveredAt == null ? new Loss(cause, lostAt, at, fingerprint) : this;
    }
}
