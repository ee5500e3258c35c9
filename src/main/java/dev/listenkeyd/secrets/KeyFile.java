package dev.listenkeyd.secrets;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.listenkeyd.files.Permissions;
import dev.listenkeyd.files.SettingsFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;

/**
 * A file with keys for the store's secrets: one a line, or separated by commas.
 *
 * <p>A file that others may read is used, with a warning: refusing it would not undo a read, and a daemon that is down loses
 * listen keys. Besides, mounted secrets are often readable for all users of a container that has only one.
 */
public final class KeyFile {

    /** A larger file is the wrong file. */
    private static final int MAX_BYTES = 4096;

    private final Path file;

    public KeyFile(Path file) {
        this.file = file;
    }

    /** The file that is used when no key is configured. */
    public static KeyFile beside(Path store) {
        return new KeyFile(store.resolveSibling(store.getFileName() + ".key"));
    }

    public Path path() {
        return file;
    }

    public boolean exists() {
        // A dangling link counts, too: it is not replaced.
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Reads the keys.
     *
     * @throws IllegalArgumentException when it can't be read, or holds no keys. The message repeats neither content nor path,
     *     which may be a key by mistake
     */
    public SecretKeys read() {
        byte[] content = SettingsFile.read(file, MAX_BYTES);
        // In this charset every byte is a character; SecretKeys reports those that are no base64.
        SecretKeys keys = SecretKeys.parse(new String(content, ISO_8859_1));
        Arrays.fill(content, (byte) 0);
        return keys;
    }

    /**
     * Makes the file with a new key, for its owner only. The content is on disk before the file has its name: after a crash
     * the file is complete or missing. The caller holds the store's lock.
     *
     * @throws IllegalArgumentException when the written file can't be read
     */
    public SecretKeys create(SecureRandom random) throws IOException {
        if (exists()) {
            throw new IOException(file + " is there already");
        }
        Path draft = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(draft);
        Files.createFile(draft, Permissions.ownersFile());
        byte[] key = new byte[SecretKeys.KEY_BYTES];
        random.nextBytes(key);
        byte[] encoded = Base64.getEncoder().encode(key);
        try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
            ByteBuffer line =
                    ByteBuffer.allocate(encoded.length + 1).put(encoded).put("\n".getBytes(US_ASCII));
            line.flip();
            while (line.hasRemaining()) {
                channel.write(line);
            }
            channel.force(true);
            Arrays.fill(line.array(), (byte) 0);
        }
        Arrays.fill(key, (byte) 0);
        Arrays.fill(encoded, (byte) 0);
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        forceFolder();
        return read();
    }

    /** A new name is on disk once its folder is. Only POSIX systems let a folder be opened for that. */
    private void forceFolder() throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null && Files.getFileAttributeView(folder, PosixFileAttributeView.class) != null) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
