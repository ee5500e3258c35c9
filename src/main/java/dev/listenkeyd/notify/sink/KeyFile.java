package dev.listenkeyd.notify.sink;

import dev.listenkeyd.notify.sink.SinkFiles.Entry;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One file, which is replaced as a whole: a reader sees the old content or the new one, also after a crash. Every call may take for
 * ever. Not thread-safe.
 */
final class KeyFile {
    private final FileSink sink;
    private final SinkFiles files;
    /** The file as it was after it was replaced last. */
    private @Nullable Entry left;

    KeyFile(FileSink sink, SinkFiles files) {
        this.sink = sink;
        this.files = files;
    }

    /** @throws IOException when the file is as before, or when it can't be known whether it is */
    void replace(byte[] content) throws IOException {
        left = null;
        refuseAllButFilesAndLinks(files.find(sink.file()));
        // It was left over by a process that was killed, or it could not be removed after a failed attempt.
        files.delete(sink.temporary());
        try {
            write(content);
            files.rename(sink.temporary(), sink.file());
        } catch (IOException e) {
            removeTemporary(e);
            throw e;
        }
        files.sync(sink.folder());
        left = files.find(sink.file());
    }

    private void write(byte[] content) throws IOException {
        try (SinkFiles.NewFile file = files.create(sink.temporary(), sink.mode())) {
            file.write(content);
        }
    }

    private void removeTemporary(IOException reason) {
        try {
            files.delete(sink.temporary());
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    /** Whether the file is still the one that was put there. */
    boolean isIntact() throws IOException {
        return left != null && Objects.equals(left, files.find(sink.file()));
    }

    private void refuseAllButFilesAndLinks(@Nullable Entry entry) throws IOException {
        if (entry != null) {
            switch (entry.kind()) {
                case FILE, LINK -> {}
                case FOLDER -> throw refused("a folder is in its place");
                case SPECIAL -> throw refused("a pipe, a device or a socket is in its place");
            }
        }
    }

    private FileSystemException refused(String why) {
        return new FileSystemException(sink.file().toString(), null, why);
    }
}
