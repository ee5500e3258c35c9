package dev.listenkeyd.notify.sink;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The file system, as far as sinks need it. Any call may take for ever. */
public interface SinkFiles {

    /** The kind of an entry in a folder. */
    enum Kind {
        FILE,
        LINK,
        FOLDER,
        /** A pipe, a device or a socket. */
        SPECIAL
    }

    /**
     * An entry in a folder, itself and not the target of a link.
     *
     * @param id differs between two files of the same path; null when the file system has no such number
     */
    record Entry(Kind kind, @Nullable Object id, FileTime modified, long size) {}

    /** Null when there is nothing of that name. */
    @Nullable
    Entry find(Path path) throws IOException;

    /** A file that is being written. */
    interface NewFile extends Closeable {

        /** Writes all its content, and waits until that is on disk. */
        void write(byte[] content) throws IOException;
    }

    /** Makes an empty file that has these permissions and no others at any time. */
    NewFile create(Path file, Set<PosixFilePermission> mode) throws IOException;

    /** Puts a file in the place of another entry, in one step. */
    void rename(Path from, Path to) throws IOException;

    /** Waits until the names in a folder are on disk. */
    void sync(Path folder) throws IOException;

    /** Removes a file or a link, if there is one. */
    void delete(Path file) throws IOException;
}
