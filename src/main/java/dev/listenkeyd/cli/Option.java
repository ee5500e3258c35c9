package dev.listenkeyd.cli;

/** The options of the commands. */
enum Option {
    JSON("--json", ""),
    URL("--url", "URL"),
    STATUS("--status", "STATUS"),
    FINGERPRINT("--fingerprint", "F"),
    TIMEOUT("--timeout", "30s"),
    FOR("--for", "2h"),
    REASON("--reason", "TEXT");

    private final String word;
    private final String value;

    Option(String word, String value) {
        this.word = word;
        this.value = value;
    }

    String word() {
        return word;
    }

    boolean hasValue() {
        return !value.isEmpty();
    }

    /** Whether a command that takes it needs it. */
    boolean isRequired() {
        return this == FOR || this == REASON;
    }

    /** As the usage shows it. */
    String shown() {
        String text = hasValue() ? word + " " + value : word;
        return isRequired() ? text : "[" + text + "]";
    }
}
