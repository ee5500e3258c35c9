package dev.listenkeyd.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/**
 * Reads a file that a setting names: a regular one, up to a bound. A pipe would hold up the process for ever, and a device
 * would fill its memory.
 *
 * <p>No message repeats the path: by mistake a secret may stand where the path of its file should.
 */
public final class SettingsFile {
    private SettingsFile() {}

    /**
     * All that the file holds.
     *
     * @throws IllegalArgumentException when it can't be read, with an {@link IOException} as cause, or when it is the wrong
     *     file; the message continues a sentence that begins with the file
     */
    public static byte[] read(Path file, int maxBytes) {
        try {
            return content(regular(file), maxBytes);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    static IllegalArgumentException unreadable(IOException e) {
        return new IllegalArgumentException(reason(e), e);
    }

    /** Why a file can't be read; continues a sentence that begins with it. */
    public static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "does not exist";
        }
        if (e instanceof NotDirectoryException) {
            return "is no folder";
        }
        return e instanceof AccessDeniedException ? "may not be read by this process" : "can't be read";
    }

    /**
     * Like {@link #read}, for a file that grants rights: a file that others than its owner may write is refused, since they
     * could give themselves any right.
     */
    public static byte[] readTrusted(Path file, int maxBytes) {
        try {
            Path real = regular(file);
            String permissions = Permissions.ifOthersMayWrite(real);
            if (permissions != null) {
                throw new IllegalArgumentException("may be written by others than its owner (" + permissions
                        + "); take that away with chmod go-w");
            }
            return content(real, maxBytes);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /**
     * The file behind all links, as Kubernetes mounts its secrets. No link is followed after its type was looked at; whoever
     * could still put a pipe in its place may write its folder, and so the file.
     */
    private static Path regular(Path file) throws IOException {
        Path real = file.toRealPath();
        if (!Files.isRegularFile(real, LinkOption.NOFOLLOW_LINKS)) {
            throw new IllegalArgumentException("is not a regular file");
        }
        return real;
    }

    private static byte[] content(Path real, int maxBytes) throws IOException {
        try (InputStream stream = Files.newInputStream(real, LinkOption.NOFOLLOW_LINKS)) {
            byte[] content = stream.readNBytes(maxBytes + 1);
            if (content.length > maxBytes) {
                throw new IllegalArgumentException("is larger than " + maxBytes + " bytes");
            }
            return content;
        }
    }
}
