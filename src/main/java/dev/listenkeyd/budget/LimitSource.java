package dev.listenkeyd.budget;

import java.time.Duration;

/** Asks the exchange for its request limit. Never throws. */
public interface LimitSource {
    /** @param patience maximum duration of the call */
    LimitAnswer limit(Duration patience);
}
