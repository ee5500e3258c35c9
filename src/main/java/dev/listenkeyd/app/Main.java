package dev.listenkeyd.app;

import dev.listenkeyd.cli.CommandContext;
import dev.listenkeyd.cli.CommandContext.Machine;
import dev.listenkeyd.cli.CommandLine;
import dev.listenkeyd.cli.ExitCode;
import dev.listenkeyd.cli.StandardOutput;
import dev.listenkeyd.cli.Usage;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.io.PrintStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** The command {@code listenkeyd}: without arguments the daemon, else a query that doesn't start it. */
@QuarkusMain
public final class Main {
    private static final List<String> COMMANDS = List.of("healthcheck", "--version", "--help");

    private Main() {}

    /** Runs the daemon until it is stopped, or exits with the answer. */
    public static void main(String... args) {
        if (args.length == 0) {
            StartReport.end("JVM");
            Termination.takeOver();
            Quarkus.run(null, Termination::ended);
        } else if (args[0].equals(MigrateCommand.NAME) && !List.of(args).contains("--help")) {
            if (!MigrateCommand.start(List.of(args), System.err)) {
                System.exit(ExitCode.WRONG_USAGE.number());
            }
        } else {
            StandardOutput out = new StandardOutput(Main::sleep);
            ExitCode answered = answer(List.of(args), out.stream(), System.err);
            System.exit(out.finish(answered, System.err).number());
        }
    }

    private static void sleep(Duration time) throws InterruptedException {
        Thread.sleep(time.toMillis());
    }

    /** @param arguments at least one */
    static ExitCode answer(List<String> arguments, PrintStream out, PrintStream err) {
        String command = arguments.get(0);
        if (arguments.contains("--help")) {
            out.print(Usage.TEXT);
            return ExitCode.SUCCESS;
        }
        if (command.equals("healthcheck") && arguments.size() <= 2) {
            return Healthcheck.run(arguments.size() == 1 ? null : arguments.get(1), out);
        }
        if (command.equals("--version") && arguments.size() == 1) {
            out.println("listenkeyd " + Version.TEXT);
            return ExitCode.SUCCESS;
        }
        if (COMMANDS.contains(command)) {
            err.println("listenkeyd: too many arguments for " + command + "; see listenkeyd --help");
            return ExitCode.WRONG_USAGE;
        }
        Machine machine = new Machine(
                InstantSource.system(),
                System::nanoTime,
                Main::sleep,
                StandardOutput.isTerminal(),
                Healthcheck::localDaemon);
        return CommandLine.run(arguments, new CommandContext(System.getenv(), machine, out, err));
    }
}
