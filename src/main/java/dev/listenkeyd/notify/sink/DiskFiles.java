package dev.listenkeyd.notify.sink;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The file system of this machine. Without POSIX permissions, files get those that the system gives them. */
public final class DiskFiles implements SinkFiles {

    @Override
    public @Nullable Entry find(Path path) throws IOException {
        try {
            BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class, NOFOLLOW_LINKS);
            return new Entry(kind(found), found.fileKey(), found.lastModifiedTime(), found.size());
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static Kind kind(BasicFileAttributes found) {
        if (found.isRegularFile()) {
            return Kind.FILE;
        }
        if (found.isSymbolicLink()) {
            return Kind.LINK;
        }
        return found.isDirectory() ? Kind.FOLDER : Kind.SPECIAL;
    }

    @Override
    public NewFile create(Path file, Set<PosixFilePermission> mode) throws IOException {
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] attributes =
                posix ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(mode)} : new FileAttribute<?>[0];
        Opened opened = new Opened(
                FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), attributes));
        try {
            if (posix) {
                // The umask of the process may have taken permissions away.
                Files.getFileAttributeView(file, PosixFileAttributeView.class, NOFOLLOW_LINKS)
                        .setPermissions(mode);
            }
        } catch (IOException e) {
            opened.close();
            throw e;
        }
        return opened;
    }

    private record Opened(FileChannel channel) implements NewFile {
        @Override
        public void write(byte[] content) throws IOException {
            ByteBuffer left = ByteBuffer.wrap(content);
            while (left.hasRemaining()) {
                channel.write(left);
            }
            channel.force(true);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }
}
