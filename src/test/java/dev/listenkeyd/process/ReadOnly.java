package dev.listenkeyd.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Makes files read-only by whatever works for this user on this machine: root passes over modes. */
public final class ReadOnly {
    private ReadOnly() {}

    /** Whether the file can't be opened for writing afterwards; a file that is open already may stay writable. */
    public static boolean make(Path file) throws IOException, InterruptedException {
        String name = file.toString();
        Commands.run("chmod", "-R", "a-w", name);
        if (Files.isWritable(file)) {
            Commands.run("chattr", "-R", "+i", name);
        }
        if (Files.isWritable(file) && Commands.run("mount", "--bind", name, name)) {
            Commands.run("mount", "-o", "remount,bind,ro", name);
        }
        return !Files.isWritable(file);
    }

    public static void undo(Path file) throws InterruptedException {
        while (Commands.run("umount", file.toString())) {
            Thread.onSpinWait();
        }
        Commands.run("chattr", "-R", "-i", file.toString());
        Commands.run("chmod", "-R", "u+w", file.toString());
    }
}
