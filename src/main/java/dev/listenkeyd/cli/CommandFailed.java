package dev.listenkeyd.cli;

/** A command that ends without success; the message is one sentence for people. */
final class CommandFailed extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ExitCode exitCode;

    CommandFailed(ExitCode exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    static CommandFailed usage(String message) {
        return new CommandFailed(ExitCode.WRONG_USAGE, message);
    }

    ExitCode exitCode() {
        return exitCode;
    }
}
