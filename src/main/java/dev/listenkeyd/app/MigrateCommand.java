package dev.listenkeyd.app;

import dev.listenkeyd.cli.ExitCode;
import dev.listenkeyd.config.Settings;
import dev.listenkeyd.store.PostgresStore;
import dev.listenkeyd.store.Store;
import dev.listenkeyd.store.StoreCopy.Copied;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import java.io.PrintStream;
import java.util.List;

/**
 * The command {@code listenkeyd migrate --to URL}: moves the leases of a SQLite file into a database that several replicas share. It
 * starts the application for its settings and its schema, but no port opens and no call is made.
 */
public final class MigrateCommand implements QuarkusApplication {
    static final String NAME = "migrate";
    private static final String TO = "--to";

    private static volatile boolean running;

    private final Settings settings;
    private final Store store;

    MigrateCommand(Settings settings, Store store) {
        this.settings = settings;
        this.store = store;
    }

    /** Whether the process runs for this command: then no lease is restored, and no loop started. */
    static boolean isRunning() {
        return running;
    }

    /** @return false for wrong arguments; otherwise the process ends with the command */
    static boolean start(List<String> arguments, PrintStream err) {
        if (arguments.size() != 3 || !arguments.get(1).equals(TO)) {
            err.println("listenkeyd: it is listenkeyd migrate --to jdbc:postgresql://HOST/DATABASE");
            return false;
        }
        running = true;
        System.setProperty("listenkeyd.store.url", arguments.get(2));
        System.setProperty("quarkus.http.host-enabled", "false");
        if (System.getenv("LISTENKEYD_REPLICA") == null) {
            // The audit goes on under this name: a second run must find it.
            System.setProperty("listenkeyd.replica", NAME);
        }
        Termination.takeOver();
        Quarkus.run(MigrateCommand.class, Termination::ended);
        return true;
    }

    @Override
    public int run(String... args) {
        if (!(store instanceof PostgresStore database)) {
            throw new IllegalStateException("an address chooses a database");
        }
        try {
            database.open();
            Copied copied = database.copyFrom(settings.storeFile());
            System.out.printf(
                    "copied %d lease(s), %d loss(es), %d pending delivery(ies) and %d audit row(s) from %s to %s;"
                            + " %d lease(s) were there already. The file is as it was.%n",
                    copied.leases(),
                    copied.losses(),
                    copied.deliveries(),
                    copied.auditRows(),
                    settings.storeFile(),
                    database.name(),
                    copied.known());
            return ExitCode.SUCCESS.number();
        } catch (Store.Unusable e) {
            System.err.println("listenkeyd can't migrate: " + e.getMessage());
            return ExitCode.FAILURE.number();
        } finally {
            database.close();
        }
    }
}
