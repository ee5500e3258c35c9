package dev.listenkeyd.lease;

import java.time.Duration;
import java.time.Instant;
import java.util.regex.Pattern;

/**
 * A pause of one account, for maintenance: a person wants no call to the exchange for it until then.
 *
 * @param since when it began
 * @param until when it ends by itself
 * @param reason by the person; matches {@link #REASON}
 */
public record AccountPause(Instant since, Instant until, String reason) {

    public static final Duration SHORTEST = Duration.ofSeconds(1);

    /** A key lives an hour: a longer maintenance releases the lease. */
    public static final Duration LONGEST = Duration.ofHours(24);

    /** {@link #REASON} as a regular expression. */
    public static final String REASON_SYNTAX = "[^\\p{C}\\p{Zl}\\p{Zp}]{1,200}";

    /** One line without invisible characters. */
    public static final Pattern REASON = Pattern.compile(REASON_SYNTAX);

    /** The reason in quotes, escaped as in JSON, so that it can't pass for the daemon's own words. */
    public String quoted() {
        return '"' + reason.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** The pause with all instants moved back, after the clock was set back. */
    AccountPause shiftBack(Duration by) {
        return new AccountPause(since.minus(by), until.minus(by), reason);
    }
}
