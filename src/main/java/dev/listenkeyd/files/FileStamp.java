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
 * By what a changed file is told: a replaced one has another key, one written in place another time, and one that others may
 * write by now other permissions.
 */
public record FileStamp(
        FileTime modified, long size, @Nullable Object key, Set<PosixFilePermission> permissions) {

    /** @throws IllegalArgumentException when the file can't be looked at */
    public static FileStamp of(Path file) {
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            return new FileStamp(now.lastModifiedTime(), now.size(), now.fileKey(), Permissions.of(file));
        } catch (IOException e) {
            throw SettingsFile.unreadable(e);
        }
    }
}
