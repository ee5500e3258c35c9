package dev.listenkeyd.app;

import dev.listenkeyd.config.Settings;
import dev.listenkeyd.files.Permissions;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jboss.logging.Logger;

/**
 * Warns of files that others than their owner may write. They are used all the same: a daemon that doesn't start loses listen
 * keys. Files of tokens and policies are refused, see {@link dev.listenkeyd.files.SettingsFile#readTrusted}.
 */
@ApplicationScoped
class WritableFiles {
    private static final Logger LOG = Logger.getLogger("listenkeyd");

    void warn(@Observes StartupEvent event, Settings settings) {
        settings.accounts().files().forEach((account, file) -> warn("API key of " + account, file));
        Path accounts = settings.accounts().folder();
        if (accounts != null && !isReadOnly(accounts)) {
            warn("folder of accounts", accounts);
        }
        warn("store", settings.storeFile());
        Path folder = settings.storeFile().toAbsolutePath().getParent();
        if (folder != null) {
            warn("folder of the store", folder);
        }
    }

    /** Kubernetes mounts secrets so, with all permissions for everybody. */
    private static boolean isReadOnly(Path folder) {
        try {
            return Files.getFileStore(folder).isReadOnly();
        } catch (IOException e) {
            return false;
        }
    }

    private static void warn(String kind, Path file) {
        String permissions = Permissions.ifOthersMayWrite(file);
        if (permissions != null) {
            LOG.warnf(
                    "The %s, %s, may be written by others than its owner (%s). Take that away with chmod go-w.",
                    kind, file, permissions);
        }
    }
}
