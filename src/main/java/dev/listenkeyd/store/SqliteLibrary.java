package dev.listenkeyd.store;

import dev.listenkeyd.store.StoreFile.Unusable;
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
    /** Where the driver unpacks it, if not to the folder of temporary files. */
    private static final String FOLDER = "org.sqlite.tmpdir";

    /** Where it is already, if somebody has unpacked it. */
    private static final String UNPACKED = "org.sqlite.lib.path";

    private SqliteLibrary() {}

    /** @throws Unusable where it can't be unpacked; the driver would say so with traces only */
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
            // Some network file systems keep what is in use: no reason not to start. The driver deletes its files at
            // the end.
            return;
        }
    }
}
