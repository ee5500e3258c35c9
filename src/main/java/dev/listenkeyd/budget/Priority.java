package dev.listenkeyd.budget;

/** The purpose of a call, which decides what weight it may use. */
public enum Priority {
    /** A key is about to die: the call may use half of the headroom that is left to others on this IP. */
    URGENT,
    /** A call that is due. */
    DUE,
    /** A call that renews nothing: only without a pause and without an outage. */
    EXTRA,
    /** As {@link #EXTRA}, and only while half of the budget is free. */
    SPARE,
    /** A check between two renewals: as {@link #EXTRA}, and only while less than a fifth of the budget is used. */
    CHECK,
    /**
     * The early retry of a lease without a live key: as {@link #CHECK}, but also while the exchange is unreachable, if half of the budget is free, so that its return is noticed at once.
     */
    KEY,
    /** The limit query. It concerns no lease, so its failure is no sign of an outage. */
    LIMIT,
    /** As {@link #LIMIT}, but permitted during a pause, to find out whether it is still in force. */
    PROBE;

    private static final int CHECKS_SHARE = 5;

    /**
     * Whether the used weight leaves room for such a call.
     *
     * @param away whether the exchange is unreachable
     */
    boolean fits(int used, int limit, boolean away) {
        return switch (this) {
            case SPARE -> used < (limit + 1) / 2;
            case CHECK -> used < checksPerWindow(limit);
            case KEY -> used < (away ? (limit + 1) / 2 : checksPerWindow(limit));
            case URGENT, DUE, EXTRA, LIMIT, PROBE -> true;
        };
    }

    /** Most checks that may leave in a window when nothing else needs its weight; at least 1. */
    public static int checksPerWindow(int limit) {
        return (limit + CHECKS_SHARE - 1) / CHECKS_SHARE;
    }

    boolean needsCalm() {
        return this == EXTRA || this == SPARE || this == CHECK;
    }

    boolean asksForLimit() {
        return this == LIMIT || this == PROBE;
    }
}
