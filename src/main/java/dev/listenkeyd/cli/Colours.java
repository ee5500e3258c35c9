package dev.listenkeyd.cli;

import java.util.Map;

/** Colours of the statuses, for a terminal. */
final class Colours {
    private static final String GREEN = "\u001b[32m";
    private static final String YELLOW = "\u001b[33m";
    private static final String RED = "\u001b[1;31m";
    private static final String CYAN = "\u001b[36m";
    private static final String END = "\u001b[0m";

    private static final Map<String, String> BY_STATUS =
            Map.of("ACTIVE", GREEN, "RETRYING", YELLOW, "AT_RISK", RED, "LOST", RED, "PENDING", CYAN, "PAUSED", CYAN);

    private final boolean shown;

    /** @param shown false: every text stays as it is */
    Colours(boolean shown) {
        this.shown = shown;
    }

    /**
     * The text in the colour of the status.
     *
     * @param status another word has no colour
     */
    String of(String status, String text) {
        String colour = shown ? BY_STATUS.get(status) : null;
        return colour == null ? text : colour + text + END;
    }
}
