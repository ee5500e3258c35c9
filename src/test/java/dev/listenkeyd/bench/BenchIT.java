package dev.listenkeyd.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.listenkeyd.bench.BenchReport.Target;
import dev.listenkeyd.bench.LightExchangeProcess.Call;
import dev.listenkeyd.process.Commands;
import dev.listenkeyd.process.DaemonProcess;
import dev.listenkeyd.process.OnTheDiskOfTheBuild;
import dev.listenkeyd.telemetry.PrometheusText;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Speed and size of the packaged daemon, native too when it is there, as a table in {@code target/bench.md}. No number
 * fails it. {@code ./mvnw -Pbench verify}; {@code -Dbench.java=<java home>}: another Java for the daemon,
 * {@code -Dbench.package=<folder>}: a JVM package that was made before, {@code -Dbench.only=<measures>}: some of the
 * measures, by the names of the methods; {@code -Dbench.subscribers=256}: other numbers of subscribers, comma between them.
 */
@Tag("bench")
@NullUnmarked
class BenchIT {
    /** As the daemon's defaults have it. */
    private static final Duration TTL = Duration.ofMinutes(60);

    private static final Duration EVERY = TTL.dividedBy(2);
    private static final int FLEET = 12_000;
    private static final int BUDGET = 400;
    private static final int STREAMS = 200;
    private static final String SUBSCRIBERS = System.getProperty("bench.subscribers", "0,1,256");

    /** Renewals a second that subscribers are told of. */
    private static final int CHANGES = 100;

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /** Time runs so much faster where half an hour of overdue renewals is to be seen as a whole. */
    private static final int HASTE = 20;

    /** In the line that has the phases of a start. */
    private static final String READY = " ms after the process began: ";

    @TempDir(factory = OnTheDiskOfTheBuild.class)
    private Path folder;

    private final BenchReport report = new BenchReport(Path.of("target/bench.md"));
    private List<String> command = List.of();

    @BeforeEach
    void aBuild() {
        assertThat(DaemonProcess.JAR).as("the packaged daemon").exists();
    }

    @Test
    void measure() throws Exception {
        report.machine(folder);
        command = BenchSetup.script();
        report.head(BenchSetup.title());
        measureAll();
        try (DirectoryStream<Path> runners = Files.newDirectoryStream(Path.of("target"), "listenkeyd-*-runner")) {
            for (Path runner : runners) {
                command = List.of(runner.toAbsolutePath().toString());
                report.head("native");
                measureAll();
            }
        }
    }

    private interface Measure {
        void run() throws Exception;
    }

    private void measureAll() throws Exception {
        only("start", this::start);
        only("memory", this::memory);
        only("registrations", this::registrations);
        only("renewals", this::renewals);
        only("lateness", this::lateness);
        only("overdue", this::overdue);
        only("streams", this::streams);
        only("subscribers", this::subscribers);
        only("states", this::states);
    }

    private static void only(String name, Measure measure) throws Exception {
        String wanted = System.getProperty("bench.only", name);
        if (List.of(wanted.split(",")).contains(name)) {
            measure.run();
        }
    }

    private void start() throws Exception {
        toReady("start to ready, empty store", 0);
        toReady("start to ready, store of 1,000 leases", 1000);
    }

    private void toReady(String what, int leases) throws IOException, SQLException {
        double[] elapsed = new double[5];
        double[] cpu = new double[5];
        String phases = "";
        for (int i = 0; i < elapsed.length; i++) {
            try (BenchSetup bed = new BenchSetup(folder, command, TTL).reportStart()) {
                if (leases > 0) {
                    bed.over(calm(leases));
                }
                long start = System.nanoTime();
                DaemonProcess daemon = bed.start();
                elapsed[i] = (System.nanoTime() - start) / 1e9;
                cpu[i] = seconds(new ProcessCost(daemon.pid()).cpu());
                await().atMost(PATIENCE).until(() -> daemon.said(READY) == 1);
                phases = daemon.output()
                        .lines()
                        .filter(line -> line.contains(READY))
                        .findFirst()
                        .orElseThrow();
            }
        }
        report.row(what, "%.2f s, CPU %.2f s (medians of 5)", median(elapsed), median(cpu));
        report.row("the last of these, in ms", "%s", phases.substring(phases.indexOf(READY) + READY.length()));
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }

    /** Fresh leases, of which none is due for the next 24 minutes. */
    private static PreparedStore calm(int leases) {
        Instant now = Instant.now();
        return new PreparedStore(leases, number -> now, EVERY, TTL);
    }

    private void memory() throws Exception {
        for (int leases : new int[] {0, 1000, FLEET, 100_000}) {
            try (BenchSetup bed = new BenchSetup(folder, command, TTL).over(calm(leases))) {
                // With an open budget it would check every key each minute.
                bed.set("BUDGET_WEIGHT", Integer.toString(BUDGET));
                DaemonProcess daemon = bed.start();
                pass(Duration.ofSeconds(10));
                ProcessCost cost = new ProcessCost(daemon.pid());
                String resident = String.format(
                        Locale.ROOT,
                        "%d MiB resident, %d MiB of it anonymous",
                        cost.resident() / 1024,
                        cost.anonymous() / 1024);
                // Measured before: a collection that was asked for gives memory back.
                report.row("memory, %,d leases".formatted(leases), "%s; %s", resident, heap(daemon));
                if (leases == FLEET) {
                    idle(cost);
                }
            }
        }
    }

    private static String heap(DaemonProcess daemon) throws InterruptedException {
        String pid = Long.toString(daemon.pid());
        boolean collected =
                Commands.run(BenchSetup.JAVA_HOME.resolve("bin/jcmd").toString(), pid, "GC.run");
        double used = daemon.metrics().sum("jvm_memory_used_bytes", "area", "heap");
        return String.format(
                Locale.ROOT,
                "heap %.0f MiB%s",
                used / 1024 / 1024,
                collected ? " after a collection" : ", uncollected");
    }

    /** What it costs to listen to streams, each with an update every 3 s. */
    private void streams() throws Exception {
        for (boolean watched : new boolean[] {false, true}) {
            try (StreamServer server = new StreamServer();
                    BenchSetup bed = new BenchSetup(folder, command, TTL).over(calm(STREAMS))) {
                bed.set("STREAM_WATCH", Boolean.toString(watched)).set("BINANCE_STREAM_URL", server.address());
                DaemonProcess daemon = bed.start();
                await().atMost(PATIENCE).until(() -> server.open() == (watched ? STREAMS : 0));
                pass(Duration.ofSeconds(30));
                ProcessCost cost = new ProcessCost(daemon.pid());
                Duration before = cost.cpu();
                Duration window = Duration.ofSeconds(60);
                pass(window);
                double percent = 100.0 * cost.cpu().minus(before).toNanos() / window.toNanos();
                report.row(
                        "%d accounts, their streams %s".formatted(STREAMS, watched ? "watched" : "not watched"),
                        "%.2f %% of a core; %d MiB resident, %d MiB of it anonymous; %s",
                        percent,
                        cost.resident() / 1024,
                        cost.anonymous() / 1024,
                        heap(daemon));
            }
        }
    }

    /** Every subscriber follows all leases, and is told of each renewal. */
    private void subscribers() throws Exception {
        for (String number : SUBSCRIBERS.split(",", -1)) {
            int count = Integer.parseInt(number);
            // Time to write the store, and to start.
            Instant first = Instant.now().plusSeconds(40);
            Duration apart = Duration.ofSeconds(1).dividedBy(CHANGES);
            Duration gap = EVERY.plusMinutes(2);
            PreparedStore store = new PreparedStore(FLEET, i -> first.minus(gap).plus(apart.multipliedBy(i)), gap, TTL);
            try (BenchSetup bed = new BenchSetup(folder, command, TTL).over(store)) {
                bed.set("LEASE_CONFIRM", "never").set("LEASE_CHECK_EVERY", "off");
                DaemonProcess daemon = bed.start();
                String before = heap(daemon);
                try (SubscriberLoad load = new SubscriberLoad(daemon.address(), count, false)) {
                    await().atMost(PATIENCE).until(() -> load.inSync() == count);
                    String what = "%d subscribers, %d changes a second, ".formatted(count, CHANGES);
                    report.row(what + "when in sync", "%s; without them %s", heap(daemon), before);
                    follow(what, bed, store, load);
                }
            }
        }
    }

    private void follow(String what, BenchSetup bed, PreparedStore store, SubscriberLoad load) throws Exception {
        // A renewal is not kept: subscribers that connect later would miss it.
        assertThat(store.due(0)).as("the first change").isAfter(Instant.now());
        DaemonProcess.awaitInstant(store.due(0));
        ProcessCost cost = new ProcessCost(bed.daemon().pid());
        Duration cpu = cost.cpu();
        Duration reader = load.cpu();
        Instant end = store.due(FLEET);
        DaemonProcess.awaitInstant(end);
        double window = seconds(Duration.between(store.due(0), end));
        report.row(
                what + "processors taken",
                "daemon %.2f, the subscribers' thread %.2f",
                seconds(cost.cpu().minus(cpu)) / window,
                seconds(load.cpu().minus(reader)) / window);
        DaemonProcess.awaitInstant(end.plusSeconds(10));
        report.row(what + "heap", heap(bed.daemon()));
        report.row(what + "lateness of renewals", percentiles(lateness(store, renewals(bed), end)));
        List<Duration> delays = load.end();
        if (!delays.isEmpty()) {
            report.row(what + "from a change to the last subscriber", percentiles(delays));
        }
    }

    /** All subscribers ask for the state of all leases at once, while nothing changes. */
    private void states() throws Exception {
        try (BenchSetup bed = new BenchSetup(folder, command, TTL).over(calm(FLEET))) {
            DaemonProcess daemon = bed.start();
            ProcessCost cost = new ProcessCost(daemon.pid());
            for (String number : SUBSCRIBERS.split(",", -1)) {
                int count = Integer.parseInt(number);
                Duration cpu = cost.cpu();
                long start = System.nanoTime();
                try (SubscriberLoad load = new SubscriberLoad(daemon.address(), count, true)) {
                    await().atMost(PATIENCE).until(() -> load.inSync() == count);
                    report.row(
                            "the state of %,d leases for %d subscribers at once".formatted(FLEET, count),
                            "%.1f s, %d MiB; processor time: daemon %.1f s, the subscribers' thread %.1f s; %s",
                            (System.nanoTime() - start) / 1e9,
                            load.read(),
                            seconds(cost.cpu().minus(cpu)),
                            seconds(load.cpu()),
                            heap(daemon));
                    load.end();
                }
            }
        }
    }

    private static String percentiles(List<Duration> sorted) {
        int size = sorted.size();
        return "p50 %d ms, p99 %d ms, most %d ms, of %d"
                .formatted(
                        sorted.get(size / 2).toMillis(),
                        sorted.get(size * 99 / 100).toMillis(),
                        sorted.get(size - 1).toMillis(),
                        size);
    }

    private void idle(ProcessCost cost) {
        pass(Duration.ofSeconds(20));
        Duration before = cost.cpu();
        Duration window = Duration.ofSeconds(60);
        pass(window);
        double percent = 100.0 * cost.cpu().minus(before).toNanos() / window.toNanos();
        report.row("idle CPU, 12,000 leases, 60 s", percent, "% of a core", new Target(2, false));
    }

    private void registrations() throws Exception {
        registrations(1);
        registrations(32);
    }

    private void registrations(int clients) throws Exception {
        try (BenchSetup bed = new BenchSetup(folder, command, TTL)) {
            DaemonProcess daemon = bed.start();
            RegistrationLoad load = new RegistrationLoad(daemon.address());
            load.run(clients, Duration.ofSeconds(10));
            Duration before = new ProcessCost(daemon.pid()).cpu();
            double rate = load.run(clients, Duration.ofSeconds(15));
            double cpu = seconds(new ProcessCost(daemon.pid()).cpu().minus(before)) * 1000 / (rate * 15);
            report.row(
                    "registrations by %d client(s), after 10 s of them".formatted(clients),
                    "%.0f a second, CPU %.1f ms each",
                    rate,
                    cpu);
        }
    }

    private void renewals() throws Exception {
        drain("never", 40_000);
        drain("auto", 20_000);
    }

    /** Everything is due, and nothing but the daemon holds it up. */
    private void drain(String confirm, int leases) throws Exception {
        Instant success = Instant.now().minus(EVERY);
        PreparedStore store = new PreparedStore(leases, number -> success, EVERY, TTL);
        try (BenchSetup bed = new BenchSetup(folder, command, TTL).over(store).set("LEASE_CONFIRM", confirm)) {
            Duration exchangeBefore = bed.exchange().cpu();
            DaemonProcess daemon = bed.start();
            Duration before = new ProcessCost(daemon.pid()).cpu();
            int renewedBefore = bed.exchange().renewed();
            awaitRenewed(bed, leases);
            Duration cpu = new ProcessCost(daemon.pid()).cpu().minus(before);
            List<Call> renewals = renewals(bed);
            String what = "all of %,d due, confirmation %s".formatted(leases, confirm);
            Target target = new Target(2000, true);
            report.row("renewals, " + what + ", from the first", rate(renewals, 0), "a second", target);
            report.row("renewals, " + what + ", second half", rate(renewals, leases / 2), "a second", target);
            report.row(
                    "CPU a renewal, " + what,
                    "%.2f ms (exchange %.2f ms)",
                    cpu.toNanos() / 1e6 / (leases - renewedBefore),
                    bed.exchange().cpu().minus(exchangeBefore).toNanos() / 1e6 / leases);
            report.row("most memory ever, " + what, "%d MiB resident", new ProcessCost(daemon.pid()).peak() / 1024);
        }
    }

    /** By the word of the exchange: metrics of a large fleet are work for the daemon. */
    private static void awaitRenewed(BenchSetup bed, int leases) {
        await("all are renewed").atMost(PATIENCE).until(() -> bed.exchange().renewed() == leases);
    }

    private static List<Call> renewals(BenchSetup bed) {
        return bed.exchange().calls().stream().filter(Call::renews).toList();
    }

    private static double rate(List<Call> renewals, int from) {
        long millis = renewals.get(renewals.size() - 1).atMillis()
                - renewals.get(from).atMillis();
        return (renewals.size() - from) * 1e3 / millis;
    }

    /**
     * A window of three minutes out of the half hour in which the budget can carry such a fleet: due evenly, one every 150
     * ms, so that every bit of the budget is needed.
     */
    private void lateness() throws Exception {
        Instant first = Instant.now().plusSeconds(30);
        Duration apart = EVERY.dividedBy(FLEET);
        // None was renewed in the last minute: a start counts such calls against the budget.
        Duration gap = EVERY.plusMinutes(2);
        PreparedStore store =
                new PreparedStore(FLEET, number -> first.minus(gap).plus(apart.multipliedBy(number)), gap, TTL);
        try (BenchSetup bed =
                new BenchSetup(folder, command, TTL).over(store).set("BUDGET_WEIGHT", Integer.toString(BUDGET))) {
            DaemonProcess daemon = bed.start();
            Instant end = first.plus(Duration.ofMinutes(3));
            DaemonProcess.awaitInstant(end);
            List<Duration> late = lateness(store, renewals(bed), end);
            report.row("lateness, 12,000 leases, 400 weight/min, p50", "%.2f s", seconds(late.get(late.size() / 2)));
            double p99 = seconds(late.get(late.size() * 99 / 100));
            report.row("lateness, 12,000 leases, 400 weight/min, p99", p99, "s", new Target(1.5, false));
            report.row(
                    "lateness, the same, most",
                    "%.2f s, of %d renewals",
                    seconds(late.get(late.size() - 1)),
                    late.size());
            report.row("lateness, the same, keys lost", "%.0f", lost(daemon));
        }
    }

    /** In order; of those due before the end, whether they were renewed by then or not. */
    private static List<Duration> lateness(PreparedStore store, List<Call> renewals, Instant end) {
        Map<String, Instant> renewed = new HashMap<>();
        renewals.forEach(call -> renewed.putIfAbsent(call.apiKey(), Instant.ofEpochMilli(call.atMillis())));
        List<Duration> late = new ArrayList<>();
        for (int number = 0; store.due(number).isBefore(end); number++) {
            String apiKey = PreparedStore.apiKey(PreparedStore.account(number));
            late.add(Duration.between(store.due(number), renewed.getOrDefault(apiKey, end)));
        }
        late.sort(null);
        return late;
    }

    /**
     * The daemon was down for 25 minutes; all are overdue, and their deadlines lie 5 to 35 minutes ahead. Everything but the
     * daemon itself runs 20 times as fast: its start counts as much longer than it is.
     */
    private void overdue() throws Exception {
        Duration ttl = TTL.dividedBy(HASTE);
        Duration apart = EVERY.dividedBy(HASTE).dividedBy(FLEET);
        // Time to write the store: no key may grow older by that.
        Instant restart = Instant.now().plusSeconds(30);
        Instant oldest = restart.minus(Duration.ofMinutes(55).dividedBy(HASTE));
        PreparedStore store = new PreparedStore(
                FLEET,
                number -> oldest.plus(apart.multipliedBy(number)),
                Duration.ofMinutes(24).dividedBy(HASTE),
                ttl);
        try (BenchSetup bed = new BenchSetup(folder, command, ttl).over(store)) {
            bed.set("BUDGET_WEIGHT", Integer.toString(BUDGET)).set("BUDGET_WINDOW", 60 / HASTE + "s");
            bed.set("LEASE_RETRY_MIN", "200ms");
            DaemonProcess.awaitInstant(restart);
            long start = System.nanoTime();
            DaemonProcess daemon = bed.start();
            awaitRenewed(bed, FLEET);
            double took = (System.nanoTime() - start) / 1e9;
            report.row(
                    "12,000 overdue leases after a restart, 400 weight/min, time 20 times as fast",
                    "%,d renewed in %.1f s from the start, as %.1f min; keys lost: %.0f",
                    FLEET,
                    took,
                    took * HASTE / 60,
                    lost(daemon));
        }
    }

    static double lost(DaemonProcess daemon) {
        PrometheusText metrics = daemon.metrics();
        // Not there before something happened.
        return metrics.sum("listenkey_losses_total", "cause", "EXPIRED")
                + metrics.sum("listenkey_losses_total", "cause", "CLOSED_ELSEWHERE");
    }

    private static void pass(Duration time) {
        DaemonProcess.awaitInstant(Instant.now().plus(time));
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1e3;
    }
}
