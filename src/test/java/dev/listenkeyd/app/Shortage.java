package dev.listenkeyd.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.sqlite.SQLiteConfig;

/** A way to take the disk away from a running daemon, and to give it back. */
enum Shortage {
    /** A limit on the size of its files: needs no rights, but Linux. */
    FILE_SIZE_LIMIT {
        @Override
        boolean prepare(Path folder) throws InterruptedException {
            return Commands.run("prlimit", "--version");
        }

        @Override
        AutoCloseable begin(Path store, DaemonProcess daemon) throws InterruptedException {
            limit(daemon, "1");
            return () -> limit(daemon, "unlimited");
        }

        private void limit(DaemonProcess daemon, String bytes) throws InterruptedException {
            assertThat(Commands.run("prlimit", "--pid", Long.toString(daemon.pid()), "--fsize=" + bytes + ":unlimited"))
                    .as("the limit can be set")
                    .isTrue();
        }
    },

    /** A small file system that is really full: needs the right to mount. */
    FULL_FILE_SYSTEM {
        @Override
        boolean prepare(Path folder) throws InterruptedException {
            return Commands.run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder.toString());
        }

        @Override
        AutoCloseable begin(Path store, DaemonProcess daemon) throws IOException {
            Path filler = store.resolveSibling("filler");
            fill(filler);
            return () -> Files.delete(filler);
        }

        private void fill(Path filler) throws IOException {
            byte[] block = new byte[4096];
            try (OutputStream out = Files.newOutputStream(filler)) {
                for (int written = 0; written < 1024; written++) {
                    out.write(block);
                }
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("No space left");
            }
        }

        @Override
        void cleanUp(Path folder) throws InterruptedException {
            Commands.run("umount", "-l", folder.toString());
        }
    },

    /** Somebody else who keeps the database locked: works everywhere. */
    LOCKED {
        @Override
        boolean prepare(Path folder) {
            return true;
        }

        @Override
        AutoCloseable begin(Path store, DaemonProcess daemon) throws SQLException {
            SQLiteConfig config = new SQLiteConfig();
            config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
            config.setBusyTimeout(5000);
            Connection other = config.createConnection("jdbc:sqlite:" + store);
            other.setAutoCommit(false);
            other.createStatement().execute("DELETE FROM lease WHERE account = 'nobody'");
            return () -> {
                other.rollback();
                other.close();
            };
        }
    };

    /** The ways that work on this machine, with the lock only where nothing else does. */
    static List<Shortage> known() throws Exception {
        Path scratch = Files.createTempDirectory("shortage");
        List<Shortage> ways = new ArrayList<>();
        for (Shortage way : values()) {
            if ((way != LOCKED || ways.isEmpty()) && way.prepare(scratch)) {
                ways.add(way);
                way.cleanUp(scratch);
            }
        }
        Files.delete(scratch);
        return ways;
    }

    /** Makes the folder of the store ready for it; false when that does not work on this machine. */
    abstract boolean prepare(Path folder) throws InterruptedException;

    /** Until the result is closed the store can't be written. */
    abstract AutoCloseable begin(Path store, DaemonProcess daemon) throws Exception;

    void cleanUp(Path folder) throws InterruptedException {}
}
