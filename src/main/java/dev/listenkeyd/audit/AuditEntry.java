package dev.listenkeyd.audit;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What happened, before it has its place in the chain. Holds no secret.
 *
 * @param client who did it: the name of a client, or {@link #DAEMON}
 * @param account null when it concerns none
 * @param result what came of it, one word or the code of a problem
 */
public record AuditEntry(
        Instant at, String client, Action action, @Nullable String account, String result) {
    /** What the daemon does by itself. */
    public static final String DAEMON = "listenkeyd";
}
