package dev.listenkeyd.access;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/** By what a changed file is told: a replaced one has another key, one written in place another time. */
public record FileStamp(
        FileTime modified, long size, @Nullable Object key) {

    /** @throws IllegalArgumentException when the file can't be looked at */
    public static FileStamp of(Path file) {
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            return new FileStamp(now.lastModifiedTime(), now.size(), now.fileKey());
        } catch (IOException e) {
            throw new IllegalArgumentException("can't be read", e);
        }
    }
}
