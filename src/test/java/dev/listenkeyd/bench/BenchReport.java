package dev.listenkeyd.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;

/** A Markdown page that is printed as it grows, and kept. */
final class BenchReport {
    private static final int SYNCS = 200;

    private final Path file;
    private final StringBuilder page = new StringBuilder();

    BenchReport(Path file) {
        this.file = file;
    }

    void line(String format, Object... values) {
        String line = String.format(Locale.ROOT, format, values);
        System.out.println(line);
        page.append(line).append('\n');
        try {
            Files.writeString(file, page);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void head(String title) {
        double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
        line("%n### %s%n%nLoad average before: %.1f%n%n| measure | value | target |%n|---|---|---|", title, load);
    }

    void row(String measure, String format, Object... values) {
        line("| %s | %s | |", measure, String.format(Locale.ROOT, format, values));
    }

    /** With a target that values are to reach, or to stay below. */
    void row(String measure, double value, String unit, Target target) {
        line("| %s | %s %s | %s |", measure, number(value), unit, target.verdict(value, unit));
    }

    /** @param least whether more is better */
    record Target(double bound, boolean least) {
        private String verdict(double value, String unit) {
            String wanted = (least ? "at least " : "below ") + number(bound) + " " + unit;
            boolean met = least ? value >= bound : value < bound;
            double off = 100 * Math.abs(value - bound) / bound;
            return met ? wanted + ": met" : String.format(Locale.ROOT, "%s: **missed by %.0f %%**", wanted, off);
        }
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%,.0f", value);
    }

    /** What the numbers depend on. */
    void machine(Path disk) throws IOException {
        String cpu = "";
        Path cpus = Path.of("/proc/cpuinfo");
        if (Files.exists(cpus)) {
            try (Stream<String> lines = Files.lines(cpus)) {
                cpu = lines.filter(line -> line.startsWith("model name"))
                        .map(line -> line.replaceAll(".*: ", ", "))
                        .findFirst()
                        .orElse("");
            }
        }
        line(
                "%d processors%s, %s %s; the disk takes %.2f ms to keep 4 KiB (median of %d)",
                Runtime.getRuntime().availableProcessors(),
                cpu,
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                syncMillis(disk),
                SYNCS);
    }

    private static double syncMillis(Path folder) throws IOException {
        long[] nanos = new long[SYNCS];
        Path file = Files.createTempFile(folder, "sync", "");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            for (int i = 0; i < SYNCS; i++) {
                long start = System.nanoTime();
                channel.write(ByteBuffer.allocate(4096));
                channel.force(false);
                nanos[i] = System.nanoTime() - start;
            }
        }
        Arrays.sort(nanos);
        return nanos[SYNCS / 2] / 1e6;
    }
}
