package dev.listenkeyd.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.listenkeyd.bench.LightExchangeProcess.Call;
import dev.listenkeyd.process.DaemonProcess;
import dev.listenkeyd.process.OnTheDiskOfTheBuild;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three packaged replicas and a PostgreSQL that keeps its promises to the disk, as a table in {@code target/bench-fleet.md}. No
 * number fails it. {@code ./mvnw -Pbench verify -Dit.test=FleetBenchIT}; {@code -Dbench.leases=<number>}, {@code
 * -Dbench.scale=<how much faster than in real life the keys of the leases grow old>}.
 */
@Tag("bench")
@NullUnmarked
class FleetBenchIT {
    private static final int LEASES = Integer.getInteger("bench.leases", 100_000);
    private static final int SCALE = Integer.getInteger("bench.scale", 1);
    private static final Duration TTL = Duration.ofMinutes(60).dividedBy(SCALE);
    private static final Duration EVERY = TTL.dividedBy(2);
    private static final List<String> NAMES = List.of("r-a", "r-b", "r-c");
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Duration WINDOW = Duration.ofSeconds(60);

    /** Nobody asks a replica more often while it is measured. */
    private static final Duration STEP = Duration.ofMillis(500);

    @TempDir(factory = OnTheDiskOfTheBuild.class)
    private Path folder;

    private final BenchReport report = new BenchReport(Path.of("target/bench-fleet.md"));

    @BeforeEach
    void aBuild() {
        assertThat(DaemonProcess.JAR).as("the packaged daemon").exists();
    }

    @Test
    void measure() throws Exception {
        report.machine(folder);
        report.head("%s: %,d leases on %d replicas, keys of %d s"
                .formatted(BenchSetup.title(), LEASES, NAMES.size(), TTL.toSeconds()));
        try (BenchFleet fleet = new BenchFleet(folder, BenchSetup.script(), TTL)) {
            move(fleet);
            start(fleet);
            steady(fleet);
            takeover(fleet);
            join(fleet);
        }
    }

    /** Leases that are due evenly over the next half of their keys' life. */
    private void move(BenchFleet fleet) throws Exception {
        Instant now = Instant.now();
        // Time to move them, and to start.
        Instant first = now.plusSeconds(60);
        Duration apart = EVERY.dividedBy(LEASES);
        PreparedStore store =
                new PreparedStore(LEASES, number -> first.minus(EVERY).plus(apart.multipliedBy(number)), EVERY, TTL);
        Path file = store.write(folder);
        long start = System.nanoTime();
        fleet.migrate(file);
        report.row("moved from a file by listenkeyd migrate", "%.1f s", since(start));
    }

    private void start(BenchFleet fleet) throws Exception {
        long start = System.nanoTime();
        for (String name : NAMES) {
            fleet.start(name);
        }
        for (DaemonProcess replica : fleet.running()) {
            replica.awaitReady();
        }
        report.row("until all are ready", "%.1f s", since(start));
        awaitOwned(fleet);
        report.row("until all leases are owned", "%.1f s", since(start));
    }

    private void steady(BenchFleet fleet) throws Exception {
        BenchFleet.Cost before = fleet.cost();
        DaemonProcess.awaitInstant(Instant.now().plus(WINDOW));
        BenchFleet.Cost cost = fleet.cost().since(before);
        double seconds = cost.seconds();
        report.row("calls of the exchange", "%.0f a second", cost.calls() / seconds);
        report.row(
                "rows written, transactions and WAL of PostgreSQL",
                "%.0f rows, %.0f commits, %.0f KiB a second",
                cost.rows() / seconds,
                cost.commits() / seconds,
                cost.walBytes() / 1024.0 / seconds);
        report.row(
                "processors taken by PostgreSQL / by the replicas together",
                "%.2f / %.2f",
                cost.database().toNanos() / 1e9 / seconds,
                cost.replicas().toNanos() / 1e9 / seconds);
        for (DaemonProcess replica : fleet.running()) {
            report.row("memory of a replica", "%d MiB resident", new ProcessCost(replica.pid()).resident() / 1024);
        }
        report.row(
                "memory of PostgreSQL, shared pages counted once each process",
                "%d MiB",
                fleet.databaseMemory() / 1024);
    }

    private void takeover(BenchFleet fleet) throws Exception {
        long died = System.currentTimeMillis();
        long start = System.nanoTime();
        fleet.kill("r-c");
        await("its leases are seen without an owner")
                .atMost(PATIENCE)
                .pollInterval(STEP)
                .until(() -> unowned(fleet) > 0);
        report.row("after a kill, until its leases are seen to be unowned", "%.1f s", since(start));
        awaitOwned(fleet);
        report.row("after a kill, until all leases are owned", "%.1f s", since(start));
        DaemonProcess.awaitInstant(Instant.now().plusSeconds(10));
        report.row("extra calls of the takeover", "%d", again(fleet.exchange().calls(), died));
        report.row("keys lost", "%.0f", lost(fleet));
    }

    private void join(BenchFleet fleet) throws Exception {
        long start = System.nanoTime();
        fleet.start("r-c").awaitReady();
        report.row("a third replica joins, until it is ready", "%.1f s", since(start));
        int fair = LEASES / NAMES.size() * 9 / 10;
        await("its share")
                .atMost(PATIENCE)
                .pollInterval(STEP)
                .until(() -> fleet.leases().getOrDefault("r-c", 0) >= fair);
        report.row("a third replica joins, until it owns nine tenths of its share", "%.1f s", since(start));
        report.row("keys lost", "%.0f", lost(fleet));
    }

    /** Renewals of accounts that had been renewed within the last half of the shortest gap. */
    private static long again(List<Call> calls, long sinceMillis) {
        long soon = EVERY.toMillis() * 4 / 10;
        Map<String, Long> last = new HashMap<>();
        long again = 0;
        for (Call call : calls) {
            Long before = last.put(call.apiKey(), call.atMillis());
            again += before != null && call.atMillis() >= sinceMillis && call.atMillis() - before < soon ? 1 : 0;
        }
        return again;
    }

    private static int unowned(BenchFleet fleet) {
        return LEASES
                - fleet.leases().values().stream().mapToInt(Integer::intValue).sum();
    }

    private static void awaitOwned(BenchFleet fleet) {
        await("all leases are owned").atMost(PATIENCE).pollInterval(STEP).until(() -> unowned(fleet) <= 0);
    }

    private static double lost(BenchFleet fleet) {
        return fleet.running().stream().mapToDouble(BenchIT::lost).sum();
    }

    private static double since(long nanos) {
        return (System.nanoTime() - nanos) / 1e9;
    }
}
