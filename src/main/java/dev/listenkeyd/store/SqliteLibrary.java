package dev.listenkeyd.store;

import dev.listenkeyd.store.Store.Unusable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.sqlite.SQLiteJDBCLoader;

/**
 * SQLite's native code. The driver unpacks it into a file to load it; that file is removed at once, so that not even a
 * killed process leaves it behind.
 */
final class SqliteLibrary {
    /** The folder to which the driver unpacks it; unset: that of temporary files. */
    private static final String FOLDER = "org.sqlite.tmpdir";

    /** The folder of a library that is unpacked already. */
    private static final String UNPACKED = "org.sqlite.lib.path";

    private SqliteLibrary() {}

    /** @throws Unusable when it can't be unpacked; the driver itself would only log a stack trace */
    static synchronized void load() throws Unusable {
        String configured = System.getProperty(FOLDER);
        String parent = configured == null ? System.getProperty("java.io.tmpdir") : configured;
        try {
            if (System.getProperty(UNPACKED) == null) {
                loadFrom(Files.createTempDirectory(Path.of(parent), "listenkeyd"));
            } else {
                SQLiteJDBCLoader.initialize();
            }
        } catch (Exception e) {
            throw new Unusable("can't be opened: SQLite's library could not be unpacked to " + parent, e);
        } finally {
            if (configured == null) {
                System.clearProperty(FOLDER);
            } else {
                System.setProperty(FOLDER, configured);
            }
        }
    }

    private static void loadFrom(Path folder) throws Exception {
        try {
            System.setProperty(FOLDER, folder.toString());
            SQLiteJDBCLoader.initialize();
        } finally {
            delete(folder);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException e) {
            // Some network file systems keep files in use. The driver deletes its files when the process ends.
            return;
        }
    }
}
