package dev.listenkeyd.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Writes files that only their owner may write, independent of the umask. */
public final class TrustedFile {
    private TrustedFile() {}

    public static Path write(Path file, String content) throws IOException {
        Files.writeString(file, content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }

    /** The path of a copy of this policy of the project. */
    public static String shippedPolicy(String name) {
        try {
            Path copy = Files.createTempFile("listenkeyd-policy", ".json");
            return write(copy, Files.readString(Path.of("deploy/policies", name)))
                    .toString();
        } catch (IOException e) {
            throw new UncheckedIOException("no copy of a policy", e);
        }
    }
}
