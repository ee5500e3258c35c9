package dev.listenkeyd.accounts;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.listenkeyd.files.Permissions;
import dev.listenkeyd.files.SettingsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Remembers over restarts which folder the files were read from, in a file beside the store. Without it, an empty folder at the
 * start could mean that all files were removed, or that their volume is not mounted.
 */
public final class FolderIdentityFile {
    private static final Logger LOG = Logger.getLogger("listenkeyd.accounts");
    private static final int MOST_BYTES = 256;

    private final Path file;
    private @Nullable String last;

    private FolderIdentityFile(Path file) {
        this.file = file;
        this.last = read(file);
    }

    /** @param store file of the store */
    public static FolderIdentityFile beside(Path store) {
        return new FolderIdentityFile(store.resolveSibling(store.getFileName() + ".accounts-dir"));
    }

    private static @Nullable String read(Path file) {
        try {
            return new String(SettingsFile.read(file, MOST_BYTES), ISO_8859_1).strip();
        } catch (IllegalArgumentException e) {
            // Missing before the first files were read. Otherwise as good as missing.
            return null;
        }
    }

    /** Identity of the folder whose accounts were read last; null when it is not known. */
    @Nullable
    String lastIdentity() {
        return last;
    }

    void remember(@Nullable String identity) {
        if (identity == null || identity.equals(last)) {
            return;
        }
        last = identity;
        Path next = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.deleteIfExists(next);
            Files.createFile(next, Permissions.ownersFile());
            Files.writeString(next, identity + "\n", ISO_8859_1);
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warnf(
                    "%s can't be written: if the folder of accounts is empty at the next start, no account is released",
                    file);
        }
    }
}
