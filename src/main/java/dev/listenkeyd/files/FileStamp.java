package dev.listenkeyd.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a file has changed: a replaced file has another key, a file written in place another time, and a file that
 * others may write other permissions.
 */
public record FileStamp(
        FileTime modified, long size, @Nullable Object key, Set<PosixFilePermission> permissions) {

    /** @throws IllegalArgumentException when the file's attributes can't be read */
    public static FileStamp of(Path file) {
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            return new FileStamp(now.lastModifiedTime(), now.size(), now.fileKey(), Permissions.of(file));
        } catch (IOException e) {
            throw SettingsFile.unreadable(e);
        }
    }
}
