package dev.listenkeyd.cli;

import java.util.Arrays;
import java.util.stream.Collectors;

/** The help text. */
public final class Usage {
    private static final int COLUMN = 46;

    public static final String TEXT = """
            listenkeyd                    keep listen keys alive; the settings are environment variables, see .env.example
            listenkeyd healthcheck [url]  exit with 0 when url answers 2xx, else with 1;
                                          without url: whether the daemon that these variables describe is ready,
                                          and 4 when it wants a certificate (mutual TLS), so that it can't be asked
            listenkeyd migrate --to URL   copy the SQLite file of these variables into the PostgreSQL database at the JDBC URL;
                                          the daemon must be stopped, the file stays as it is
            listenkeyd --version          say which version this is
            listenkeyd --help             say this

            A running daemon is asked with:
            """ + commands() + """
              --json        the daemon's own JSON instead of a table; with watch one document a line
              --url URL     the daemon; without it LISTENKEYD_URL, else the one that these variables describe
            The token of a client stands in LISTENKEYD_TOKEN, or in the file that LISTENKEYD_TOKEN_FILE names.
            Exit codes: 0 success, 1 failure, 2 wrong usage, 3 not found, 4 not allowed, 5 no daemon answers.
            """;

    private Usage() {}

    private static String commands() {
        return Arrays.stream(Command.values())
                .map(command ->
                        "  " + DisplayText.pad(command.synopsis(), COLUMN) + "  " + command.description() + "\n")
                .collect(Collectors.joining());
    }

    /** Names of all commands, for the message on an unknown one. */
    static String words() {
        return Arrays.stream(Command.values()).map(Command::word).collect(Collectors.joining(", "))
                + ", healthcheck, migrate";
    }
}
