package dev.listenkeyd.app;

import dev.listenkeyd.accounts.AccountsFolder;
import dev.listenkeyd.accounts.FolderChange;
import dev.listenkeyd.accounts.FolderIdentityFile;
import dev.listenkeyd.audit.Action;
import dev.listenkeyd.audit.AuditLog;
import dev.listenkeyd.config.Settings;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.telemetry.AccountsFolderTelemetry;
import io.quarkus.runtime.ShutdownEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The configured accounts in the life of the process: those of settings, and those of the folder. */
@Singleton
class AccountsLifecycle {
    private final Settings settings;
    private final Leases leases;
    private final Provider<AuditLog> audit;
    private final AccountsFolderTelemetry telemetry;
    private final LongSupplier nanoTime;
    private volatile @Nullable AccountsFolder folder;

    AccountsLifecycle(
            Settings settings,
            Leases leases,
            Provider<AuditLog> audit,
            AccountsFolderTelemetry telemetry,
            LongSupplier nanoTime) {
        this.settings = settings;
        this.leases = leases;
        this.audit = audit;
        this.telemetry = telemetry;
        this.nanoTime = nanoTime;
    }

    /** Resumes all leases. Those that the folder may keep are decided about when it was read. */
    void restore() {
        try {
            // Only reading the folder tells whether it keeps an account, also one whose API key is among the settings.
            leases.restore(
                    settings.accounts().kept(), account -> settings.accounts().folder() != null);
        } finally {
            prepareFolder();
        }
    }

    private void prepareFolder() {
        Path path = settings.accounts().folder();
        if (path == null) {
            return;
        }
        AccountsFolder prepared = new AccountsFolder(
                new AccountsFolder.Source(
                        path,
                        settings.leasesMax(),
                        settings.accounts().keys().keySet(),
                        settings.accounts().kept()),
                leases,
                FolderIdentityFile.beside(settings.storeFile()),
                nanoTime,
                this::record);
        telemetry.show(prepared);
        folder = prepared;
    }

    /** To be called when the renewal loop begins: before, no call is made. */
    void start(Heartbeat heartbeat) {
        AccountsFolder prepared = folder;
        if (prepared != null) {
            // Two readings must agree, so a change is in force within three seconds.
            heartbeat.every(Heartbeat.EVERY_SECOND, "accounts folder", prepared::tick);
        }
    }

    void stop(@Observes ShutdownEvent event) {
        telemetry.hide();
    }

    private CompletionStage<Void> record(String account, FolderChange change) {
        Action action = switch (change) {
            case CREATED, JOINED -> Action.REGISTER;
            case API_KEY_REPLACED -> Action.CREDENTIALS_REPLACED;
            case RELEASED -> Action.RELEASE;
        };
        String result = switch (change) {
            case CREATED -> "created";
            case JOINED -> "existing";
            case API_KEY_REPLACED -> "replaced";
            case RELEASED -> "released";
        };
        return audit.get().record(Leases.CONFIG_HOLDER, action, account, result);
    }
}
