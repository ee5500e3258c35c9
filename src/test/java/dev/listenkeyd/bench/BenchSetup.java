package dev.listenkeyd.bench;

import dev.listenkeyd.process.DaemonProcess;
import dev.listenkeyd.store.StoreFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One daemon in one way of packaging over one store, and an exchange of its own. */
final class BenchSetup implements AutoCloseable {
    static final Path JAVA_HOME = Path.of(System.getProperty("bench.java", System.getProperty("java.home", "")));

    private static final String PACKAGE = System.getProperty("bench.package", "");

    /** A native start is a matter of milliseconds. */
    private static final Duration STEP = Duration.ofMillis(2);

    private static final String OPEN_BUDGET = "10000000";

    private final Path folder;
    private final List<String> command;
    private final LightExchangeProcess exchange;
    private final Map<String, String> environment = new HashMap<>();
    private @Nullable DaemonProcess daemon;

    /** @param command that starts the daemon */
    BenchSetup(Path parent, List<String> command, Duration ttl) throws IOException {
        this.folder = Files.createTempDirectory(parent, "bed");
        this.command = command;
        this.exchange = LightExchangeProcess.start(ttl);
        set("BINANCE_URL", exchange.url());
        set("SECRETS_KEY", StoreFolder.KEY);
        set("STORE_FILE", folder.resolve("leases.db").toString());
        set("LEASE_TTL", ttl.toSeconds() + "s");
        set("LEASE_RENEW_EVERY", ttl.dividedBy(2).toSeconds() + "s");
        set("BUDGET_WEIGHT", OPEN_BUDGET);
    }

    /** The command that starts the JVM package. */
    static List<String> script() {
        Path script = Path.of(PACKAGE.isEmpty() ? "deploy/jvm/listenkeyd" : PACKAGE + "/bin/listenkeyd");
        return List.of("env", "JAVA_HOME=" + JAVA_HOME, script.toAbsolutePath().toString());
    }

    /** The Java and the package of {@link #script}. */
    static String title() throws IOException {
        return versionOf(JAVA_HOME.resolve("bin/java")) + (PACKAGE.isEmpty() ? "" : ", " + PACKAGE);
    }

    private static String versionOf(Path java) throws IOException {
        Process process = new ProcessBuilder(java.toString(), "-version")
                .redirectErrorStream(true)
                .start();
        try (var lines = process.inputReader()) {
            return lines.lines().skip(1).findFirst().orElse("an unknown Java");
        }
    }

    /** A setting, named without its prefix. */
    BenchSetup set(String name, String value) {
        environment.put("LISTENKEYD_" + name, value);
        return this;
    }

    /** Has the daemon log the phases of its start. */
    BenchSetup reportStart() {
        environment.put("QUARKUS_LOG_CATEGORY__LISTENKEYD__LEVEL", "DEBUG");
        return this;
    }

    BenchSetup over(PreparedStore store) throws IOException, SQLException {
        store.write(folder);
        return this;
    }

    LightExchangeProcess exchange() {
        return exchange;
    }

    /** Starts it, or starts it again, and waits until it is ready. */
    DaemonProcess start() throws IOException {
        DaemonProcess started = DaemonProcess.start(folder, environment, command);
        daemon = started;
        return started.awaitReady(STEP);
    }

    /** The one that was started last. */
    DaemonProcess daemon() {
        return Objects.requireNonNull(daemon, "not started");
    }

    @Override
    public void close() {
        if (daemon != null) {
            daemon.close();
        }
        exchange.close();
    }
}
