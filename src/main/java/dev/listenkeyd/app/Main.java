package dev.listenkeyd.app;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.io.PrintStream;
import java.util.List;

/** The command {@code listenkeyd}: without arguments the daemon, else a query that doesn't start it. */
@QuarkusMain
public final class Main {
    private static final List<String> COMMANDS = List.of("healthcheck", "--version", "--help");

    static final String USAGE = """
            listenkeyd                    keep listen keys alive; the settings are environment variables, see .env.example
            listenkeyd healthcheck [url]  exit with 0 when url answers 2xx, else with 1;
                                          without url: whether the daemon that these variables describe is ready,
                                          and 4 when it wants a certificate (mutual TLS), so that it can't be asked
            listenkeyd --version          say which version this is
            listenkeyd --help             say this
            """;

    private Main() {}

    /** Runs the daemon until it is stopped, or exits with the answer. */
    public static void main(String... args) {
        if (args.length == 0) {
            Termination.takeOver();
            Quarkus.run(null, Termination::ended);
        } else {
            System.exit(answer(List.of(args), System.out, System.err).number());
        }
    }

    /** @param arguments at least one */
    static ExitCode answer(List<String> arguments, PrintStream out, PrintStream err) {
        String command = arguments.get(0);
        if (command.equals("healthcheck") && arguments.size() <= 2) {
            return Healthcheck.run(arguments.size() == 1 ? null : arguments.get(1), out);
        }
        if (command.equals("--version") && arguments.size() == 1) {
            out.println("listenkeyd " + Version.TEXT);
            return ExitCode.SUCCESS;
        }
        if (command.equals("--help") && arguments.size() == 1) {
            out.print(USAGE);
            return ExitCode.SUCCESS;
        }
        err.println(COMMANDS.contains(command) ? "too many arguments for " + command : "unknown command: " + command);
        err.print(USAGE);
        return ExitCode.WRONG_USAGE;
    }
}
