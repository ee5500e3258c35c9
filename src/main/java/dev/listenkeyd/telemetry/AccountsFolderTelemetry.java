package dev.listenkeyd.telemetry;

import dev.listenkeyd.accounts.AccountsFolder;
import dev.listenkeyd.accounts.FolderStatus;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.jspecify.annotations.Nullable;

/** Shows the folder of accounts in metrics and health, when there is one. */
@Singleton
public final class AccountsFolderTelemetry {
    /** Most wrong files in the data of the health check. */
    static final int MOST_SHOWN = 10;

    private static final String FILES = "listenkey.accounts.dir.files";

    private final MeterRegistry registry;
    private final List<Meter> shown = new ArrayList<>();
    private volatile @Nullable AccountsFolder folder;

    AccountsFolderTelemetry(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Adds the series. */
    public synchronized void show(AccountsFolder watched) {
        folder = watched;
        shown.add(Gauge.builder("listenkey.accounts.dir.readable", watched, one -> trouble(one) ? 0 : 1)
                .description("Whether the folder of accounts can be used: 0 or 1")
                .register(registry));
        files("kept", watched, one -> one.status().kept());
        files("waiting", watched, one -> one.status().waiting());
        files("wrong", watched, one -> one.status().problems().size());
    }

    private static boolean trouble(AccountsFolder watched) {
        return watched.status().trouble() != null;
    }

    private void files(String result, AccountsFolder watched, ToDoubleFunction<AccountsFolder> count) {
        shown.add(Gauge.builder(FILES, watched, count)
                .description("Files in the folder of accounts, by result")
                .tag("result", result)
                .register(registry));
    }

    /** Removes the series: the registry outlives an application that is restarted in the same process. */
    public synchronized void hide() {
        shown.forEach(registry::remove);
        shown.clear();
        folder = null;
    }

    /** Adds what is wrong to the data of a health check; returns whether nothing is. */
    boolean describe(HealthCheckResponseBuilder response) {
        AccountsFolder watched = folder;
        if (watched == null) {
            return true;
        }
        FolderStatus status = watched.status();
        if (status.trouble() != null) {
            response.withData("accountsDir", status.trouble());
        }
        if (!status.problems().isEmpty()) {
            response.withData("accountsDirWrongFiles", status.problems().size());
        }
        status.problems().entrySet().stream()
                .limit(MOST_SHOWN)
                .forEach(problem -> response.withData("accountsDir file " + problem.getKey(), problem.getValue()));
        return status.isWell();
    }
}
