package dev.listenkeyd.notify.sink;

import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/**
 * A file that follows the listen key of an account.
 *
 * @param file an absolute path
 * @param mode the permissions of the file, from its first byte
 */
public record FileSink(String account, Path file, Set<PosixFilePermission> mode) {

    /** End of the name of a file that holds the key alone, without JSON. */
    public static final String RAW_KEY = ".key";

    /** End of the names of temporary files. */
    public static final String TEMPORARY = ".tmp";

    public FileSink {
        mode = Set.copyOf(mode);
    }

    /** Whether the file holds the key alone. */
    public boolean isRawKey() {
        return file.toString().endsWith(RAW_KEY);
    }

    /** The folder of the file. */
    Path folder() {
        return file.resolveSibling("");
    }

    /** The file that is written before it takes the place of the other. Its name is fixed, so that none is left over by a kill. */
    Path temporary() {
        return file.resolveSibling("." + file.getFileName() + TEMPORARY);
    }
}
