package dev.listenkeyd.notify.sink;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Real files, whose file system fails or hangs at any step of a write. */
final class FaultyFiles implements SinkFiles {

    /** The steps of a write, in their order. */
    enum Step {
        FIND,
        DELETE,
        CREATE,
        /** Half of the bytes are written. */
        WRITE,
        RENAME,
        SYNC
    }

    private final SinkFiles disk = new DiskFiles();
    /** Number of files that were begun. */
    int created;

    @Nullable
    Step failing;
    /** Runs in the middle of the next write of a file, as if that write hung meanwhile. */
    @Nullable
    Runnable meanwhile;

    @Override
    public @Nullable Entry find(Path path) throws IOException {
        failAt(Step.FIND);
        return disk.find(path);
    }

    @Override
    public NewFile create(Path file, Set<PosixFilePermission> mode) throws IOException {
        created++;
        NewFile opened = disk.create(file, mode);
        try {
            failAt(Step.CREATE);
        } catch (IOException e) {
            opened.close();
            throw e;
        }
        return new NewFile() {
            @Override
            public void write(byte[] content) throws IOException {
                Runnable hook = meanwhile;
                meanwhile = null;
                if (hook != null) {
                    hook.run();
                }
                if (failing == Step.WRITE) {
                    opened.write(Arrays.copyOf(content, content.length / 2));
                    failAt(Step.WRITE);
                }
                opened.write(content);
            }

            @Override
            public void close() throws IOException {
                opened.close();
            }
        };
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        failAt(Step.RENAME);
        disk.rename(from, to);
    }

    @Override
    public void sync(Path folder) throws IOException {
        failAt(Step.SYNC);
        disk.sync(folder);
    }

    @Override
    public void delete(Path file) throws IOException {
        failAt(Step.DELETE);
        disk.delete(file);
    }

    private void failAt(Step step) throws IOException {
        if (failing == step) {
            throw new IOException("a fault at " + step);
        }
    }
}
