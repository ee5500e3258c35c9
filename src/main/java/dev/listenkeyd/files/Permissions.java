package dev.listenkeyd.files;

import static java.nio.file.attribute.PosixFilePermission.GROUP_WRITE;
import static java.nio.file.attribute.PosixFilePermission.OTHERS_WRITE;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The permissions of a file, or of the file behind a link, that others than its owner have: its group, or everybody. A missing
 * file has none, like any file on a file system without POSIX permissions.
 */
public final class Permissions {
    private Permissions() {}

    /** All permissions, as {@code rw-rw-r--}, when others may write it; else null. */
    public static @Nullable String ifOthersMayWrite(Path file) {
        Set<PosixFilePermission> granted = of(file);
        return granted.contains(GROUP_WRITE) || granted.contains(OTHERS_WRITE)
                ? PosixFilePermissions.toString(granted)
                : null;
    }

    /** All permissions, as {@code rw-r--r--}, when others may do anything with it; else null. */
    public static @Nullable String ifOpenToOthers(Path file) {
        String granted = PosixFilePermissions.toString(of(file));
        return granted.endsWith("------") ? null : granted;
    }

    /** Attributes for a new file that only its owner may read and write. */
    public static FileAttribute<?>[] ownersFile() {
        return attributes("rw-------");
    }

    /** Attributes for a new folder that only its owner may enter. */
    public static FileAttribute<?>[] ownersFolder() {
        return attributes("rwx------");
    }

    private static FileAttribute<?>[] attributes(String permissions) {
        boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }

    static Set<PosixFilePermission> of(Path file) {
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        try {
            return view == null ? Set.of() : view.readAttributes().permissions();
        } catch (IOException e) {
            return Set.of();
        }
    }
}
