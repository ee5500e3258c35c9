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
 * <p>One that others may read is used all the same, with a warning: what they could read they may have read already,
 * and a daemon that stays down for it would lose listen keys, which is worse. Mounted secrets, too, are often readable
 * for all users of a container that has only one.
 */
public final class KeyFile {

    /** Larger than any list of keys: a file beyond it is the wrong file. */
    private static final int MAX_BYTES = 4096;

    private final Path file;

    public KeyFile(Path file) {
        this.file = file;
    }

    /** The one that is used when no key is configured. */
    public static KeyFile beside(Path store) {
        return new KeyFile(store.resolveSibling(store.getFileName() + ".key"));
    }

    public Path path() {
        return file;
    }

    public boolean exists() {
        // Whatever is there, a dangling link even: it is not replaced.
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Reads the keys.
     *
     * @throws IllegalArgumentException when there are none to be read. By mistake a key may stand where its file should:
     *     so the message repeats neither content nor path
     */
    public SecretKeys read() {
        byte[] content = SettingsFile.read(file, MAX_BYTES);
        // As such any byte is a character, and what is no base64 is reported as that.
        SecretKeys keys = SecretKeys.parse(new String(content, ISO_8859_1));
        Arrays.fill(content, (byte) 0);
        return keys;
    }

    /**
     * Makes the file with a new key, for its owner only. It has its name only once its content is on disk: after a
     * crash it is there as a whole or not at all. To be called by whoever holds the store's lock.
     *
     * @throws IllegalArgumentException when what was written can't be read again
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

    /** The name of a new file is on disk once its folder is. Not every system lets a folder be opened for that. */
    private void forceFolder() throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null && Files.getFileAttributeView(folder, PosixFileAttributeView.class) != null) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
