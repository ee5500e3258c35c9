package dev.listenkeyd.audit;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An event to be recorded. Holds no secret.
 *
 * @param client name of the client that acted, or {@link #DAEMON}
 * @param account null when it concerns none
 * @param result one word, or the code of a problem
 */
public record AuditEntry(
        Instant at, String client, Action action, @Nullable String account, String result) {
    /** The daemon itself as the client. */
    public static final String DAEMON = "listenkeyd";
}
