package dev.listenkeyd.sandbox;

import dev.listenkeyd.encoding.WireWord;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Faults of the sandbox's exchange. Of several in force, the first in this order decides. */
enum Fault {
    /** The connection closes without a reply. */
    DOWN,
    /** The reply comes too late. */
    SLOW,
    UNAVAILABLE,
    THROTTLED,
    BANNED,
    BLOCKED,
    GARBLED,
    /** The API key is not accepted. */
    REFUSED,
    /** Done once: the key is closed, as another program's DELETE does. */
    CLOSE_KEY,
    /** Done once: another program closes the key and makes a new one. */
    ROTATE_KEY;

    String word() {
        return WireWord.of(this);
    }

    boolean isDoneOnce() {
        return this == CLOSE_KEY || this == ROTATE_KEY;
    }

    /** @throws IllegalArgumentException listing the known ones */
    static Fault of(String word) {
        return Arrays.stream(values())
                .filter(fault -> fault.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("kind: must be one of "
                        + Arrays.stream(values()).map(Fault::word).collect(Collectors.joining(", "))));
    }
}
