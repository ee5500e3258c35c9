package dev.listenkeyd.budget;

import java.time.Duration;

/** The exchange, asked for its own limit. It answers and never throws. */
public interface LimitSource {
    /** @param patience how long the call may take at most */
    LimitAnswer limit(Duration patience);
}
