package dev.listenkeyd.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The surroundings of a command.
 *
 * @param out answers
 * @param err sentences on failures
 */
public record CommandContext(Map<String, String> environment, Machine machine, PrintStream out, PrintStream err) {

    /**
     * The machine that the command runs on.
     *
     * @param nanoTime monotonic time
     * @param terminal whether the answers go to a terminal
     * @param localDaemon the address of the daemon that the environment describes
     */
    public record Machine(
            InstantSource clock,
            LongSupplier nanoTime,
            Sleeper sleeper,
            boolean terminal,
            Supplier<String> localDaemon) {}

    /** Waits. */
    @FunctionalInterface
    public interface Sleeper {
        void sleep(Duration time) throws InterruptedException;
    }

    /** The value of a variable; empty when it is not set. */
    String variable(String name) {
        return environment.getOrDefault(name, "").strip();
    }

    /** Whether people read the answers at a terminal that shows colours. */
    boolean coloured() {
        return machine.terminal()
                && variable("NO_COLOR").isEmpty()
                && !variable("TERM").equals("dumb");
    }
}
