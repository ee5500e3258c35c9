package dev.listenkeyd.cli;

/** The exit codes of the command. */
public enum ExitCode {
    SUCCESS(0),
    FAILURE(1),
    WRONG_USAGE(2),
    NOT_FOUND(3),
    /** The daemon refused the caller. Also: the health check found a daemon that wants a client certificate. */
    NOT_ALLOWED(4),
    /** Nothing answers at the address. */
    NO_DAEMON(5);

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }
}
