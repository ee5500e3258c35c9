package dev.listenkeyd.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A {@link LightExchange} that runs. */
public final class LightExchangeProcess implements AutoCloseable {
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Process process;
    private final String url;

    /** A call as it came. */
    public record Call(String method, String apiKey, long atMillis) {
        boolean renews() {
            return method.equals("PUT");
        }
    }

    private LightExchangeProcess(Process process, String url) {
        this.process = process;
        this.url = url;
    }

    public static LightExchangeProcess start(Duration ttl) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home", ""), "bin", "java")
                                .toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        Path.of("target/test-classes").toAbsolutePath() + ":"
                                + Path.of("target/classes").toAbsolutePath(),
                        LightExchange.class.getName(),
                        ttl.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        // Stays open: where it listens is all that it ever says.
        BufferedReader said = process.inputReader(US_ASCII);
        return new LightExchangeProcess(process, "http://127.0.0.1:" + said.readLine());
    }

    public String url() {
        return url;
    }

    public Duration cpu() {
        return new ProcessCost(process.pid()).cpu();
    }

    /** All calls about listen keys so far, in the order in which they came. */
    public List<Call> calls() {
        return get(LightExchange.CALLS)
                .lines()
                .map(line -> line.split(" ", 3))
                .map(part -> new Call(part[0], part[1], Long.parseLong(part[2])))
                .toList();
    }

    /** How many accounts were renewed so far. */
    public int renewed() {
        return Integer.parseInt(get(LightExchange.RENEWED));
    }

    private String get(String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + path))
                .timeout(Duration.ofSeconds(10))
                .build();
        try {
            return http.send(request, BodyHandlers.ofString()).body();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        process.toHandle().destroyForcibly();
    }
}
