package dev.listenkeyd.cli;

/** The options of the commands. */
enum Option {
    JSON("--json", ""),
    URL("--url", "URL"),
    STATUS("--status", "STATUS"),
    FINGERPRINT("--fingerprint", "F"),
    TIMEOUT("--timeout", "30s");

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

    /** As the usage shows it. */
    String shown() {
        return hasValue() ? "[" + word + " " + value + "]" : "[" + word + "]";
    }
}
