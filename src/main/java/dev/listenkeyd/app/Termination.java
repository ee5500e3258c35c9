package dev.listenkeyd.app;

import dev.listenkeyd.config.DerivedSettings;
import io.quarkus.runtime.Application;
import io.quarkus.runtime.PreventFurtherStepsException;
import io.quarkus.runtime.QuarkusBindException;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.runtime.util.ExceptionUtil;
import io.smallrye.config.ConfigValidationException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * How the process ends. A start that fails explains why and exits with 1. A requested stop is a success, even in the middle of
 * a start; the JVM alone would exit with 143 after SIGTERM.
 */
final class Termination {
    private static final int NOT_YET = -1;

    /** Longer than the drain, the last audit rows and the last writes of the store together. */
    private static final Duration LONGEST_STOP = Duration.ofSeconds(17);

    private static final AtomicInteger CODE = new AtomicInteger(NOT_YET);

    private Termination() {}

    /** Must be called before the application is started. */
    static void takeOver() {
        Runtime.getRuntime().addShutdownHook(new Thread(Termination::haltOnceStopped, "exit code"));
    }

    /**
     * Quarkus has stopped, or could not start.
     *
     * @param failure null when it ran
     */
    static void ended(int code, @Nullable Throwable failure) {
        // A start that is interrupted by a stop may fail because of it: there is nothing to explain.
        if (CODE.compareAndSet(NOT_YET, code) && failure != null) {
            explain(failure, System.err);
        }
        System.exit(code);
    }

    private static void haltOnceStopped() {
        CODE.compareAndSet(NOT_YET, 0);
        Application application = Application.currentApplication();
        if (application != null) {
            awaitShutdown(application);
        }
        DerivedSettings.deleteSandboxStore();
        Runtime.getRuntime().halt(CODE.get());
    }

    /** Waits for a bounded time: a disk that hangs can block the closing of the store. */
    private static void awaitShutdown(Application application) {
        Thread waiting = new Thread(application::awaitShutdown, "awaits the shutdown");
        waiting.setDaemon(true);
        waiting.start();
        try {
            waiting.join(LONGEST_STOP.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static void explain(Throwable failure, PrintStream out) {
        Throwable cause = ExceptionUtil.getRootCause(failure);
        if (cause instanceof QuarkusBindException taken) {
            String said = String.valueOf(taken.getMessage());
            out.printf(
                    "listenkeyd can't start, it can't listen on %s, port %d: %s%nSet QUARKUS_HTTP_HOST to an address of this"
                            + " machine, and QUARKUS_HTTP_PORT (for HTTPS QUARKUS_HTTP_SSL_PORT) to a port that no other"
                            + " program uses, such as another listenkeyd.%n",
                    taken.getHost(), taken.getPort(), said.substring(said.lastIndexOf(": ") + 2));
        } else if (cause instanceof ConfigurationException
                || cause instanceof ConfigValidationException
                || cause instanceof PreventFurtherStepsException) {
            out.println(cause.getMessage());
        } else {
            out.println("listenkeyd can't start:");
            failure.printStackTrace(out);
        }
    }
}
