package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** A real Prometheus with the shipped configuration and alerts, and time scaled down. */
public final class PrometheusProcess implements AutoCloseable {
    public static final Path SHIPPED = Path.of("deploy/prometheus").toAbsolutePath();

    private static final String PROGRAM = "prometheus";
    private static final Pattern RANGE_OR_FOR = Pattern.compile("(?<=\\[|for: |offset )(\\d+)([smh])\\b");
    private static final Pattern MINUTES = Pattern.compile("\\* 60\\b");

    private final Process process;
    private final LocalHttp http;
    private final ProcessOutput output;

    private PrometheusProcess(Process process, int port) {
        this.process = process;
        this.http = LocalHttp.plain(port);
        this.output = ProcessOutput.of(process);
    }

    public static boolean isInstalled() throws InterruptedException {
        return Commands.run(PROGRAM, "--version");
    }

    /**
     * Starts it, and waits until it answers.
     *
     * @param folder for its configuration and its data
     * @param target the daemon, as host and port
     * @param hurry by how much leases live shorter than the 60 minutes that the alerts are made for
     */
    public static PrometheusProcess start(Path folder, String target, int hurry) throws IOException {
        String configuration = Files.readString(SHIPPED.resolve("prometheus.yaml"));
        assertThat(configuration).contains("127.0.0.1:8080", "scrape_interval: 15s", "evaluation_interval: 15s");
        Files.writeString(
                folder.resolve("prometheus.yaml"),
                // No less: on a busy machine a scrape takes its time.
                configuration.replace("127.0.0.1:8080", target).replace("interval: 15s", "interval: 1s"));
        Files.writeString(
                folder.resolve("rules.yaml"), hurried(Files.readString(SHIPPED.resolve("rules.yaml")), hurry));
        int port = DaemonProcess.freePort();
        Process process = new ProcessBuilder(
                        PROGRAM,
                        "--config.file=prometheus.yaml",
                        "--storage.tsdb.path=data",
                        "--web.listen-address=127.0.0.1:" + port,
                        "--log.level=warn")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        PrometheusProcess prometheus = new PrometheusProcess(process, port);
        await("Prometheus is ready").atMost(SOON).until(prometheus::isReady);
        return prometheus;
    }

    /**
     * The same alerts for shorter leases: windows, "for:", "offset" and each minute of an expression ("* 60") become shorter by the
     * factor, and nothing else is touched.
     */
    private static String hurried(String rules, int hurry) {
        String shorter = RANGE_OR_FOR.matcher(rules).replaceAll(match -> {
            Duration duration = Duration.parse("PT" + match.group().toUpperCase(Locale.ROOT));
            return duration.dividedBy(hurry).toMillis() + "ms";
        });
        return MINUTES.matcher(shorter).replaceAll("* " + 60.0 / hurry);
    }

    /** Names of the alerts that fire now. */
    public Set<String> firing() {
        Set<String> names = new TreeSet<>();
        for (JsonNode alert : get("alerts").get("alerts")) {
            if (alert.get("state").asText().equals("firing")) {
                names.add(alert.get("labels").get("alertname").asText());
            }
        }
        return names;
    }

    /** Names of the alerts that have fired so far. */
    public Set<String> fired() {
        Set<String> names = new TreeSet<>();
        for (JsonNode alert : query("count by (alertname) (count_over_time(ALERTS{alertstate=\"firing\"}[1h]))")) {
            names.add(alert.get("metric").get("alertname").asText());
        }
        return names;
    }

    /** Whether it yields a number now. */
    public boolean hasData(String expression) {
        for (JsonNode sample : query(expression)) {
            if (!sample.get("value").get(1).asText().equals("NaN")) {
                return true;
            }
        }
        return false;
    }

    /** The samples of a vector. */
    public JsonNode query(String expression) {
        JsonNode data = get("query?query=" + URLEncoder.encode(expression, UTF_8));
        assertThat(data.get("resultType").asText()).as(expression).isEqualTo("vector");
        return data.get("result");
    }

    private JsonNode get(String path) {
        HttpResponse<String> response = http.call("GET", "/api/v1/" + path, "");
        assertThat(response.statusCode())
                .as("%s: %s; Prometheus said:%n%s", path, response.body(), output.text())
                .isEqualTo(200);
        return LocalHttp.json(response).get("data");
    }

    private boolean isReady() {
        assertThat(process.isAlive()).as("it runs; it said:%n%s", output.text()).isTrue();
        return http.status("/-/ready") == 200;
    }

    /** Ends it, before its folder is taken away. */
    @Override
    public void close() {
        process.toHandle().destroyForcibly();
        await("Prometheus has ended").atMost(SOON).until(() -> !process.isAlive());
    }
}
