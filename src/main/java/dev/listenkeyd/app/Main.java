package dev.listenkeyd.app;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.io.PrintStream;
import java.util.List;

/** The command {@code listenkeyd}: the daemon, or, with arguments, a question that is answered without starting it. */
@QuarkusMain
public final class Main {
    public static final int WRONG_USAGE = 2;

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
            ExitCode.takeOver();
            Quarkus.run(null, ExitCode::ended);
        } else {
            System.exit(answer(List.of(args), System.out, System.err));
        }
    }

    /**
     * @param arguments at least one
     * @return the exit code
     */
    static int answer(List<String> arguments, PrintStream out, PrintStream err) {
        String command = arguments.get(0);
        if (command.equals("healthcheck") && arguments.size() <= 2) {
            return Healthcheck.run(arguments.size() == 1 ? null : arguments.get(1), out);
        }
        if (command.equals("--version") && arguments.size() == 1) {
            out.println("listenkeyd " + Version.TEXT);
            return 0;
        }
        if (command.equals("--help") && arguments.size() == 1) {
            out.print(USAGE);
            return 0;
        }
        err.println(COMMANDS.contains(command) ? "too many arguments for " + command : "unknown command: " + command);
        err.print(USAGE);
        return WRONG_USAGE;
    }
}
