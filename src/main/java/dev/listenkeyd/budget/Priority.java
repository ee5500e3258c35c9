package dev.listenkeyd.budget;

/** What a call is for, and so which calls go ahead of it. */
public enum Priority {
    /** A key is about to die: the call may use half of what politeness leaves to others on this IP. */
    URGENT,
    /** A call that is due. */
    DUE,
    /** Renews nothing: leaves while there is no pause and no outage. */
    EXTRA,
    /** As {@link #EXTRA}, and only while half of the budget is free. */
    SPARE,
    /** A renewal before its time: as {@link #EXTRA}, and only while less than a fifth of the budget is used. */
    EARLY,
    /**
     * The retry of a lease without a live key before it is due: as {@link #EARLY}, but also while the exchange is out of reach,
     * so that its return is found at once; then while half of the budget is free.
     */
    KEY,
    /** The question for the exchange's own limit. It concerns no lease: its failing says nothing about the others. */
    LIMIT,
    /** As {@link #LIMIT}, and let through a pause, to find out whether that still holds. */
    PROBE;

    /**
     * Whether this much used weight leaves room for such a call.
     *
     * @param away whether the exchange is out of reach
     */
    boolean fits(int used, int limit, boolean away) {
        return switch (this) {
            case SPARE -> used < (limit + 1) / 2;
            case EARLY -> used * 5 < limit;
            case KEY -> away ? used < (limit + 1) / 2 : used * 5 < limit;
            case URGENT, DUE, EXTRA, LIMIT, PROBE -> true;
        };
    }

    boolean needsCalm() {
        return this == EXTRA || this == SPARE || this == EARLY;
    }

    boolean asksForLimit() {
        return this == LIMIT || this == PROBE;
    }
}
