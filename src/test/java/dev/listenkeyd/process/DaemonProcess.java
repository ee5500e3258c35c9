package dev.listenkeyd.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.listenkeyd.telemetry.PrometheusText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The packaged daemon as its users start it: a process of its own, told everything by its environment. */
public final class DaemonProcess implements AutoCloseable {
    public static final Path JAR = Path.of("target/quarkus-app/quarkus-run.jar").toAbsolutePath();

    /** The native binary; empty when the packaged JVM application is meant. */
    private static final String BINARY = System.getProperty("native.image.path", "");

    /** Flags of the JVM: starts sooner, and leaves more of a small machine to the others. */
    static final List<String> SMALL = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    public static final String PORT = "QUARKUS_HTTP_PORT";

    private static final int SCRAPES = 5;
    /** Patience for what takes a moment on a quiet machine. */
    static final Duration SOON = Duration.ofSeconds(60);

    /** A stop takes no longer, even on a busy machine: afterwards Kubernetes would kill. */
    private static final Duration GRACE = Duration.ofSeconds(30);

    private static final Duration START = Duration.ofMinutes(3);
    private static final Duration STEP = Duration.ofMillis(50);

    /** Signalled by its handle: the process object would close the pipe, too, and the last words were lost. */
    private final Process process;

    private final LocalHttp http;
    private final ProcessOutput output;

    private DaemonProcess(Process process, int port) {
        this.process = process;
        this.http = LocalHttp.plain(port);
        this.output = ProcessOutput.of(process);
    }

    /** Starts it in this folder, and does not wait. */
    public static DaemonProcess start(Path folder, Map<String, String> environment) throws IOException {
        return start(folder, environment, List.of(), quickStart());
    }

    /**
     * Starts it in this folder, and does not wait. It listens on a free port, unless the environment names one.
     *
     * @param launcher a command that becomes the one after it; empty for none
     * @param flags of the JVM; a native binary gets the properties among them
     */
    public static DaemonProcess start(
            Path folder, Map<String, String> environment, List<String> launcher, List<String> flags)
            throws IOException {
        List<String> command = new ArrayList<>(launcher);
        command.addAll(commandLine(flags));
        return start(folder, environment, command);
    }

    /** Starts it in this folder by this very command, and does not wait. */
    public static DaemonProcess start(Path folder, Map<String, String> environment, List<String> command)
            throws IOException {
        int port = Integer.parseInt(environment.getOrDefault(PORT, Integer.toString(freePort())));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("LISTENKEYD_") || name.startsWith("QUARKUS_"));
        builder.environment().put(PORT, Integer.toString(port));
        builder.environment().putAll(environment);
        builder.directory(folder.toFile()).redirectErrorStream(true);
        return new DaemonProcess(builder.start(), port);
    }

    /** Flags of the JVM for tests in which its speed is no matter: those of the package's script. */
    public static List<String> quickStart() {
        List<String> flags = new ArrayList<>(SMALL);
        Path cache = JAR.resolveSibling("app.aot");
        if (Files.exists(cache)) {
            flags.add("-XX:AOTCache=" + cache);
        } else {
            flags.addAll(List.of(
                    "-XX:+UnlockDiagnosticVMOptions",
                    "-XX:ArchiveRelocationMode=0",
                    "-XX:SharedArchiveFile=" + JAR.resolveSibling("app.jsa"),
                    "-Xlog:cds*=off"));
        }
        return BINARY.isEmpty() ? flags : List.of();
    }

    /** The command that starts what was packaged, to which arguments can be added. */
    public static List<String> commandLine(List<String> flags) {
        List<String> command = new ArrayList<>();
        if (!BINARY.isEmpty()) {
            command.add(BINARY);
            flags.stream().filter(flag -> flag.startsWith("-D")).forEach(command::add);
            return command;
        }
        command.add(Path.of(System.getProperty("java.home", ""), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("-jar", JAR.toString()));
        return command;
    }

    public DaemonProcess awaitReady() {
        return awaitReady(STEP);
    }

    /** @param step how often to ask: the error of a measured start */
    public DaemonProcess awaitReady(Duration step) {
        await("the daemon is ready")
                .atMost(START)
                .pollDelay(Duration.ZERO)
                .pollInterval(step)
                .until(this::isReady);
        return this;
    }

    /** Kills it, as the kernel or an impatient operator does. */
    public void kill() throws InterruptedException {
        process.toHandle().destroyForcibly();
        exitCode(GRACE);
    }

    /** Asks it to stop, and returns its exit code. */
    public int terminate() throws InterruptedException {
        return terminate(GRACE);
    }

    /** As {@link #terminate}, for a process that has to do more than to stop. */
    int terminate(Duration patience) throws InterruptedException {
        process.toHandle().destroy();
        return exitCode(patience);
    }

    public int exitCode(Duration patience) throws InterruptedException {
        assertThat(process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS))
                .as("it ends within %s; it said:%n%s", patience, output())
                .isTrue();
        output.awaitEnd();
        return process.exitValue();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public long pid() {
        return process.pid();
    }

    /** Sends it a signal by name, such as STOP. */
    public void signal(String name) throws IOException, InterruptedException {
        assertThat(Commands.run("sh", "-c", "kill -" + name + " " + pid()))
                .as("kill -%s", name)
                .isTrue();
    }

    /** What it has said so far. */
    public String output() {
        return output.text();
    }

    /** How many lines it has said so far with this in them. */
    public long said(String part) {
        return output().lines().filter(line -> line.contains(part)).count();
    }

    public URI address() {
        return http.address();
    }

    public HttpResponse<String> call(String method, String path, String body) {
        try {
            return http.call(method, path, body);
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; the daemon said:\n" + output(), e);
        }
    }

    public JsonNode get(String path) {
        HttpResponse<String> response = call("GET", path, "");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return LocalHttp.json(response);
    }

    /** All leases by account. */
    public Map<String, JsonNode> leases() {
        Map<String, JsonNode> leases = new TreeMap<>();
        get("/v1/listen-keys?limit=1000")
                .get("items")
                .forEach(lease -> leases.put(lease.get("account").asText(), lease));
        return leases;
    }

    /** Missing when there is none. */
    public JsonNode lease(String account) {
        return leases().getOrDefault(account, MissingNode.getInstance());
    }

    /** Counted on while it is read, a histogram may not add up for once. */
    public PrometheusText metrics() {
        for (int left = SCRAPES; ; left--) {
            String page = call("GET", "/q/metrics", "").body();
            try {
                return PrometheusText.parse(page);
            } catch (AssertionError e) {
                if (left == 1) {
                    throw e;
                }
            }
        }
    }

    /** The answer of a health check, {@code live}, {@code ready} or {@code well}. */
    public Health health(String check) {
        HttpResponse<String> response = call("GET", "/q/health/" + check, "");
        assertThat(response.statusCode()).as(response.body()).isIn(200, 503);
        return new Health(
                response.statusCode() == 200,
                LocalHttp.json(response).path("checks").path(0).path("data"));
    }

    public record Health(boolean up, JsonNode data) {}

    /** Waits until this instant. */
    public static void awaitInstant(Instant instant) {
        Duration left = Duration.between(Instant.now(), instant);
        await("it is " + instant)
                .atMost(left.plusMinutes(1))
                .pollInterval(STEP)
                .until(() -> !Instant.now().isBefore(instant));
    }

    /** Ends it, if it has not ended; nothing else of it is left behind. */
    @Override
    public void close() {
        process.toHandle().destroyForcibly();
    }

    private boolean isReady() {
        assertThat(process.isAlive()).as("it runs; it said:%n%s", output()).isTrue();
        return http.status("/q/health/ready") == 200;
    }

    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
