package dev.listenkeyd.store;

import dev.listenkeyd.files.Permissions;
import dev.listenkeyd.store.Store.Unusable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * The SQLite file before it is written to: it exists, it is this process's alone, and its schema is not newer than this
 * version. Holds the lock until it is closed or the process dies.
 */
final class StoreFile implements AutoCloseable {

    /** The newest migration in {@code db/migration}. */
    static final int SCHEMA_VERSION = 1;

    private final FileChannel lockFile;
    private final int schemaVersion;

    private StoreFile(FileChannel lockFile, int schemaVersion) {
        this.lockFile = lockFile;
        this.schemaVersion = schemaVersion;
    }

    /** Makes folder and file when they are missing, takes the lock beside the file, and reads the version of the schema. */
    static StoreFile open(Path file) throws Unusable {
        FileChannel lockFile = null;
        try {
            SqliteLibrary.load(create(file));
            lockFile = lock(file);
            if (!Files.isWritable(file)) {
                throw new Unusable("may be read, but not written", null);
            }
            int version = schemaVersion(file);
            if (version > SCHEMA_VERSION) {
                throw new Unusable(
                        "has schema version " + version + ", written by a newer listenkeyd; this one knows "
                                + SCHEMA_VERSION + ". The file was not touched.",
                        null);
            }
            return new StoreFile(lockFile, version);
        } catch (IOException e) {
            closeQuietly(lockFile);
            throw new Unusable("can't be opened: " + e.getClass().getSimpleName() + ": " + e.getMessage(), e);
        } catch (SQLException e) {
            closeQuietly(lockFile);
            throw new Unusable("can't be read as SQLite: " + e.getMessage(), e);
        } catch (Unusable e) {
            closeQuietly(lockFile);
            throw e;
        }
    }

    /** 0 for a new file. */
    int schemaVersion() {
        return schemaVersion;
    }

    @Override
    public void close() {
        closeQuietly(lockFile);
    }

    /** Returns the file's folder. */
    private static Path create(Path file) throws IOException {
        Path absolute = file.toAbsolutePath();
        Path folder = absolute.resolveSibling("");
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder, Permissions.ownersFolder());
        }
        createMissing(file);
        return folder;
    }

    /** Opens nothing but regular files: a pipe would hold up the start for ever. */
    private static void createMissing(Path file) throws IOException {
        if (!Files.exists(file)) {
            Files.createFile(file, Permissions.ownersFile());
        } else if (!Files.isRegularFile(file)) {
            throw new IOException(file.getFileName() + " is not a regular file");
        }
    }

    // A file of its own: closing any descriptor of the database file would drop SQLite's locks on it.
    private static FileChannel lock(Path file) throws IOException, Unusable {
        Path path = file.resolveSibling(file.getFileName() + ".lock");
        createMissing(path);
        FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE);
        if (tryLock(channel) == null) {
            channel.close();
            throw new Unusable("is in use by another listenkeyd; two would renew and record against each other", null);
        }
        return channel;
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static int schemaVersion(Path file) throws SQLException, IOException, Unusable {
        return read(file, 0, statement -> hasTable(statement, "flyway_schema_history") ? newestVersion(statement) : 0);
    }

    /** A read of the file. */
    interface Query<T> {
        T at(Statement statement) throws SQLException, Unusable;
    }

    /**
     * Reads the file without changing a byte of it or its log.
     *
     * @param otherwise the result for an empty file
     */
    static <T> T read(Path file, T otherwise, Query<T> read) throws SQLException, IOException, Unusable {
        if (Files.size(file) == 0) {
            return otherwise;
        }
        SQLiteConfig readOnly = new SQLiteConfig();
        readOnly.setReadOnly(true);
        try {
            return read(file, readOnly, read);
        } catch (SQLiteException e) {
            if (e.getResultCode() != SQLiteErrorCode.SQLITE_IOERR_SHMSIZE) {
                throw e;
            }
            // A full disk has no room for the index of the log. In exclusive mode SQLite keeps it in memory.
            SQLiteConfig alone = new SQLiteConfig();
            alone.setLockingMode(SQLiteConfig.LockingMode.EXCLUSIVE);
            return read(file, alone, read);
        }
    }

    private static <T> T read(Path file, SQLiteConfig config, Query<T> read) throws SQLException, Unusable {
        try (Connection connection = config.createConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            return read.at(statement);
        }
    }

    static boolean hasTable(Statement statement, String name) throws SQLException {
        try (ResultSet row =
                statement.executeQuery("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '" + name + "'")) {
            return row.next();
        }
    }

    private static int newestVersion(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery(
                "SELECT coalesce(max(CAST(version AS INTEGER)), 0) FROM flyway_schema_history WHERE success = 1")) {
            return row.next() ? row.getInt(1) : 0;
        }
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new IllegalStateException("a lock file that can't be closed", e);
            }
        }
    }
}
