package dev.listenkeyd.store;

import static java.nio.file.attribute.PosixFilePermission.OWNER_EXECUTE;
import static java.nio.file.attribute.PosixFilePermission.OWNER_READ;
import static java.util.Objects.requireNonNull;

import dev.listenkeyd.files.Permissions;
import dev.listenkeyd.store.Store.Unusable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteJDBCLoader;

/**
 * SQLite's native code. It is loaded from a file that is installed with the binary, else from one beside the store, which is
 * unpacked once. Where neither can be executed, the driver unpacks it at each start; that file is removed at once, so that
 * not even a killed process leaves it behind.
 */
final class SqliteLibrary {
    /** By architecture: the SHA-256 of the driver's library for Linux with glibc. */
    static final Map<String, String> SHA_256 = Map.of(
            "x86_64", "aaad97362c429a34b47488c4a5a966ab090450edde70c2186d1a02c0e2d17cd0",
            "aarch64", "4e253e3f886f8da539e6d8fbd92c3a281f50e395bcba568ced953865e8bea5be");

    private static final String NAME = "libsqlitejdbc";
    private static final String TYPE = ".so";
    private static final String UNFINISHED = ".tmp";

    /** The driver's setting of the folder to which it unpacks; unset: that of temporary files. */
    private static final String FOLDER = "org.sqlite.tmpdir";

    /** The driver's settings of a library that is unpacked already: its folder and its name. */
    private static final String LIBRARY_FOLDER = "org.sqlite.lib.path";

    private static final String LIBRARY_NAME = "org.sqlite.lib.name";

    private static final int BUFFER_BYTES = 64 * 1024;

    private static boolean loaded;

    private SqliteLibrary() {}

    /**
     * @param store the folder of the store
     * @throws Unusable when the library can't be unpacked; the driver itself would only log a stack trace
     */
    static synchronized void load(Path store) throws Unusable {
        if (loaded) {
            return;
        }
        String parent = System.getProperty(FOLDER, System.getProperty("java.io.tmpdir"));
        try {
            if (System.getProperty(LIBRARY_FOLDER) != null) {
                SQLiteJDBCLoader.initialize();
            } else if (!tryToLoad(find(store))) {
                unpackAndLoad(Files.createTempDirectory(Path.of(parent), "listenkeyd"));
            }
            loaded = true;
        } catch (Exception e) {
            throw new Unusable("can't be opened: SQLite's library could not be unpacked to " + parent, e);
        }
    }

    /** A library that is the driver's by its content; null where there is none, and none can be written. */
    static @Nullable Path find(Path store) {
        String architecture = architecture();
        if (architecture == null) {
            return null;
        }
        String sha256 = requireNonNull(SHA_256.get(architecture));
        try {
            Path program = Path.of("/proc/self/exe").toRealPath();
            for (String installed : List.of(NAME + TYPE, "../lib/listenkeyd/" + NAME + TYPE)) {
                if (isGenuine(program.resolveSibling(installed), sha256)) {
                    return program.resolveSibling(installed);
                }
            }
            Path unpacked = store.resolve(NAME + "-" + SQLiteJDBCLoader.getVersion() + "-" + architecture + TYPE);
            if (!isOwn(store)) {
                return null;
            }
            if (!isOwn(unpacked) || !isGenuine(unpacked, sha256)) {
                unpack(architecture, unpacked);
            }
            return isGenuine(unpacked, sha256) ? unpacked : null;
        } catch (IOException e) {
            return null;
        }
    }

    /** Whether nobody else may change it between its check and its use: the store's folder may be older than the store. */
    private static boolean isOwn(Path file) throws IOException {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                && Files.getOwner(file, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(Path.of("/proc/self")))
                && Permissions.ifOthersMayWrite(file) == null;
    }

    /** As the driver names it; null for a machine of which no library is known. */
    private static @Nullable String architecture() {
        String architecture = System.getProperty("os.arch");
        String name = architecture.equals("amd64") ? "x86_64" : architecture;
        boolean known = System.getProperty("os.name").equals("Linux") && SHA_256.containsKey(name);
        return known && !Files.exists(Path.of("/lib/ld-musl-" + name + ".so.1")) ? name : null;
    }

    /** False also for a file that is missing or can't be read. */
    private static boolean isGenuine(Path file, String sha256) {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try (InputStream content = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                digest.update(buffer, 0, read);
            }
            return HexFormat.of().formatHex(digest.digest()).equals(sha256);
        } catch (IOException e) {
            return false;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Several processes may do it at the same time. Removes what other versions of the driver, and killed processes, left. */
    private static void unpack(String architecture, Path file) throws IOException {
        Path folder = requireNonNull(file.getParent());
        try (Stream<Path> files = Files.list(folder)) {
            for (Path left : files.filter(SqliteLibrary::isLibrary).toList()) {
                Files.deleteIfExists(left);
            }
        }
        Path written = Files.createTempFile(folder, NAME + "-", UNFINISHED, Permissions.ownersFile());
        try (InputStream content = SQLiteJDBCLoader.class.getResourceAsStream(
                "/org/sqlite/native/Linux/" + architecture + "/" + NAME + TYPE)) {
            if (content == null) {
                throw new IOException("the driver has no library for " + architecture);
            }
            Files.copy(content, written, StandardCopyOption.REPLACE_EXISTING);
            Files.setPosixFilePermissions(written, Set.of(OWNER_READ, OWNER_EXECUTE));
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(written);
        }
    }

    private static boolean isLibrary(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.startsWith(NAME + "-") && (name.endsWith(TYPE) || name.endsWith(UNFINISHED));
    }

    /** False without a library, and where it can't be executed, as on a file system mounted with {@code noexec}. */
    private static boolean tryToLoad(@Nullable Path library) {
        if (library == null) {
            return false;
        }
        // The driver would unpack its own copy then: it finds no folder for it.
        Map<String, String> settings = Map.of(
                LIBRARY_FOLDER, String.valueOf(library.getParent()),
                LIBRARY_NAME, String.valueOf(library.getFileName()),
                FOLDER, library.resolve("none").toString());
        try {
            initialize(settings);
            return true;
        } catch (Exception e) {
            return false;
        }
    }

    private static void unpackAndLoad(Path folder) throws Exception {
        try {
            initialize(Map.of(FOLDER, folder.toString()));
        } finally {
            delete(folder);
        }
    }

    /** The settings are the driver's for this call alone. */
    private static void initialize(Map<String, String> settings) throws Exception {
        Map<String, @Nullable String> before = new HashMap<>();
        settings.forEach((name, value) -> before.put(name, System.setProperty(name, value)));
        try {
            SQLiteJDBCLoader.initialize();
        } finally {
            before.forEach((name, value) -> {
                if (value == null) {
                    System.clearProperty(name);
                } else {
                    System.setProperty(name, value);
                }
            });
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
