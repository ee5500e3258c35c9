package dev.listenkeyd.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;

/** What the kernel has counted for a process. */
public record ProcessCost(long pid) {

    /** On all processors together since it was started. */
    public Duration cpu() {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .orElse(Duration.ZERO);
    }

    /** KiB of memory; 0 where there is no {@code /proc}. */
    public long resident() throws IOException {
        return kib("status", "VmRSS:");
    }

    /** As {@link #resident}, but the most there ever was. */
    public long peak() throws IOException {
        return kib("status", "VmHWM:");
    }

    /** As {@link #resident}, but only what no file stands behind. */
    public long anonymous() throws IOException {
        return kib("smaps_rollup", "Anonymous:");
    }

    private long kib(String file, String field) throws IOException {
        try {
            return Files.readAllLines(Path.of("/proc", Long.toString(pid), file)).stream()
                    .filter(line -> line.startsWith(field))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElse(0);
        } catch (NoSuchFileException e) {
            return 0;
        }
    }
}
