package dev.listenkeyd.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A way to take the disk away from a running daemon, and to give it back. */
enum DiskShortage {
    /** A limit on the size of its files: needs no rights, but Linux. */
    FILE_SIZE_LIMIT {
        @Override
        boolean prepare(Path folder) throws InterruptedException {
            return Commands.run("prlimit", "--version");
        }

        @Override
        End begin(Path store, DaemonProcess daemon) throws InterruptedException {
            limit(daemon, "1");
            return () -> limit(daemon, "unlimited");
        }

        private void limit(DaemonProcess daemon, String bytes) throws InterruptedException {
            String soft = "--fsize=" + bytes + ":unlimited";
            assertThat(Commands.run("prlimit", "--pid", Long.toString(daemon.pid()), soft))
                    .as("prlimit %s", soft)
                    .isTrue();
        }

        @Override
        boolean outlivesTheDaemon() {
            return false;
        }
    },

    /** A small file system that is really full: needs the right to mount. */
    FULL_FILE_SYSTEM {
        @Override
        boolean prepare(Path folder) throws InterruptedException {
            return Commands.run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder.toString());
        }

        @Override
        End begin(Path store, DaemonProcess daemon) throws IOException {
            Path filler = store.resolveSibling("filler");
            fill(filler);
            return () -> Files.delete(filler);
        }

        private void fill(Path filler) throws IOException {
            byte[] block = new byte[4096];
            try (OutputStream out = Files.newOutputStream(filler)) {
                for (int written = 0; written < 2048; written++) {
                    out.write(block);
                }
                throw new AssertionError("a disk that is never full");
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("No space left");
            }
        }

        @Override
        boolean outlivesTheDaemon() {
            return true;
        }

        @Override
        void cleanUp(Path folder) throws InterruptedException {
            Commands.run("umount", "-l", folder.toString());
        }
    };

    /** Gives the disk back. */
    interface End {
        void end() throws Exception;
    }

    /** The ways that work for this user on this machine. */
    static List<DiskShortage> known() throws Exception {
        Path scratch = Files.createTempDirectory("shortage");
        List<DiskShortage> ways = new ArrayList<>();
        for (DiskShortage way : values()) {
            if (way.prepare(scratch)) {
                ways.add(way);
                way.cleanUp(scratch);
            }
        }
        Files.delete(scratch);
        return ways;
    }

    /** Makes the folder of the store ready for it; false when that does not work on this machine. */
    abstract boolean prepare(Path folder) throws InterruptedException;

    /** From now on the store can't be written. */
    abstract End begin(Path store, DaemonProcess daemon) throws Exception;

    /** Whether a daemon that is started meanwhile finds the disk full, too. */
    abstract boolean outlivesTheDaemon();

    void cleanUp(Path folder) throws InterruptedException {}
}
