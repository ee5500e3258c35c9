package dev.listenkeyd.app;

/** The exit codes of the command. */
public enum ExitCode {
    SUCCESS(0),
    FAILURE(1),
    WRONG_USAGE(2),
    /** The health check found a daemon that wants a client certificate. */
    CERTIFICATE_WANTED(4);

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }
}
