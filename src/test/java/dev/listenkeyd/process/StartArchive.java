package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The classes of a started daemon as an archive that the JVM maps, made once per build: with it a start takes half of the CPU time. */
final class StartArchive {
    private static final Path FOLDER = Path.of("target/test-start").toAbsolutePath();
    private static final Path FILE = FOLDER.resolve("classes.jsa");

    private StartArchive() {}

    /** Flags of a JVM that uses the archive. A JVM for which it was not made ignores it. */
    static synchronized List<String> flags() throws IOException {
        Files.createDirectories(FOLDER);
        // Test classes run in several JVMs at once; a lock on a file holds for all of them.
        try (FileChannel file =
                        FileChannel.open(FOLDER.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock alone = file.lock()) {
            if (alone.isValid() && !isCurrent()) {
                make();
            }
        }
        return using("SharedArchiveFile", FILE);
    }

    private static boolean isCurrent() throws IOException {
        return Files.exists(FILE)
                && Files.getLastModifiedTime(FILE).compareTo(Files.getLastModifiedTime(DaemonProcess.JAR)) > 0;
    }

    private static void make() throws IOException {
        Path unfinished = FOLDER.resolve("unfinished.jsa");
        List<String> flags = new ArrayList<>(DaemonProcess.SMALL);
        flags.addAll(using("ArchiveClassesAtExit", unfinished));
        try (DaemonProcess daemon =
                DaemonProcess.start(FOLDER, Map.of("LISTENKEYD_SANDBOX", "true"), List.of(), flags)) {
            daemon.awaitReady().metrics();
            daemon.leases();
            daemon.terminate(SOON);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        Files.move(unfinished, FILE, REPLACE_EXISTING);
    }

    /** What the JVM says of classes that it can't archive would be taken for the daemon's words. */
    private static List<String> using(String name, Path archive) {
        return List.of("-XX:" + name + "=" + archive, "-Xlog:cds*=off");
    }
}
