package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.listenkeyd.access.Certificates;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged daemon behind a real nginx with the configuration of the documentation. nginx buffers, as it does unless it is told
 * otherwise: only the daemon's own header keeps it from holding events back.
 */
class NginxIT {
    private static final List<String> PROGRAMS = List.of("nginx", "/usr/sbin/nginx");
    private static final Path DOCUMENTATION = Path.of("docs/operations.md");
    private static final String TOKEN = "token-token-token-token";
    private static final String LEASE = "/v1/listen-keys/demo";

    /** The longest that an API call may wait is 120 s; nginx by itself would give up after 60. */
    private static final int LONG_WAIT_SECONDS = 65;

    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int HEARTBEATS = 3;

    @TempDir
    private Path folder;

    private final int port = DaemonProcess.freePort();
    private Process nginx;
    private ProcessOutput said;
    private HttpClient client;
    private DaemonProcess daemon;

    @BeforeEach
    void setUp() throws Exception {
        String program = program();
        daemon = DaemonProcess.start(
                        Files.createDirectories(folder.resolve("daemon")),
                        Map.of(
                                "LISTENKEYD_SANDBOX", "true",
                                "LISTENKEYD_LEASE_TTL", "1h",
                                "LISTENKEYD_CLIENTS_BOT_TOKEN", TOKEN,
                                "LISTENKEYD_CLIENTS_BOT_SCOPES", "read,write,reveal"))
                .awaitReady();
        Certificates certificates = new Certificates(folder);
        certificates.make("server");
        client = certificates.client("server", "");
        nginx = start(program, certificates);
        said = ProcessOutput.of(nginx);
        await("nginx passes calls on").atMost(SOON).until(() -> {
            assertThat(nginx.isAlive()).as("it runs; it said:%n%s", said.text()).isTrue();
            return status("/q/health/ready") == 200;
        });
    }

    @AfterEach
    void cleanUp() {
        if (nginx != null) {
            nginx.descendants().forEach(ProcessHandle::destroyForcibly);
            nginx.destroyForcibly();
        }
        if (daemon != null) {
            daemon.close();
        }
    }

    @Test
    void streamsBlockingQueriesAndAnOrderlyEndPassThroughNginx() throws Exception {
        await("the first key")
                .atMost(SOON)
                .until(() -> lease().get("status").asText().equals("ACTIVE"));
        Lines events = follow("/v1/events");
        Lines keys = follow(LEASE + "/key/events");
        // The state comes at once: nothing else would fill a buffer of nginx.
        events.awaitOne("event:sync");
        keys.awaitOne("event:key");
        String known = lease().get("fingerprint").asText();
        CompletableFuture<HttpResponse<String>> news = ask(LEASE + "/key?wait=120s&after=" + known);

        rotate();

        events.awaitOne("\"cause\":\"CLOSED_ELSEWHERE\"");
        assertThat(news.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).body()).contains("\"generation\":2");
        keys.awaitOne("\"generation\":2");

        String fingerprint = lease().get("fingerprint").asText();
        CompletableFuture<HttpResponse<String>> patient =
                ask(LEASE + "/key?wait=" + LONG_WAIT_SECONDS + "s&after=" + fingerprint);
        events.awaitHeartbeats();
        keys.awaitHeartbeats();
        HttpResponse<String> unchanged = patient.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(unchanged.statusCode()).as(unchanged.body()).isEqualTo(200);
        assertThat(unchanged.body()).contains("\"generation\":2");

        assertThat(daemon.terminate()).isZero();
        // Without its last chunk a stream would end with an error.
        events.end.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        keys.end.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(said.text()).doesNotContain("[error]").doesNotContain("[crit]");
    }

    /** A stream of server-sent events, read line by line. */
    private record Lines(List<String> read, CompletableFuture<Void> end) {
        void awaitOne(String part) {
            await(part).atMost(SOON).until(() -> read.stream().anyMatch(line -> line.contains(part)));
        }

        void awaitHeartbeats() {
            await("heartbeats")
                    .atMost(PATIENCE)
                    .until(() ->
                            read.stream().filter(line -> line.startsWith(":")).count() >= HEARTBEATS);
        }
    }

    private Lines follow(String path) {
        List<String> read = new CopyOnWriteArrayList<>();
        CompletableFuture<Void> end = client.sendAsync(call("GET", path), BodyHandlers.ofLines())
                .thenAcceptAsync(answer -> {
                    assertThat(answer.statusCode()).isEqualTo(200);
                    answer.body().forEach(read::add);
                });
        return new Lines(read, end);
    }

    private CompletableFuture<HttpResponse<String>> ask(String path) {
        return client.sendAsync(call("GET", path), BodyHandlers.ofString());
    }

    private JsonNode lease() throws IOException, InterruptedException {
        return LocalHttp.json(client.send(call("GET", LEASE), BodyHandlers.ofString()));
    }

    private int status(String path) throws InterruptedException {
        try {
            return client.send(call("GET", path), BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        }
    }

    /** Another program replaces the key, and the daemon looks. */
    private void rotate() throws IOException, InterruptedException {
        HttpRequest fault = request("/sandbox/faults")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"kind\":\"rotate-key\",\"account\":\"demo\"}"))
                .build();
        assertThat(client.send(fault, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
        assertThat(client.send(call("POST", LEASE + "/renew"), BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(200);
    }

    private HttpRequest call(String method, String path) {
        return request(path).method(method, HttpRequest.BodyPublishers.noBody()).build();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("https://localhost:" + port + path))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Authorization", "Bearer " + TOKEN);
    }

    /** With the variable CI it must be there: a check that skips itself for ever is none. */
    private static String program() throws InterruptedException {
        for (String program : PROGRAMS) {
            if (Commands.run(program, "-v")) {
                return program;
            }
        }
        assertThat(System.getenv("CI"))
                .as("the variable CI is set, and nginx is here")
                .isNull();
        assumeTrue(false, "nginx is not on the path");
        return "";
    }

    /** A process without rights that writes to its own folder alone. */
    private Process start(String program, Certificates certificates) throws IOException {
        Path home = Files.createDirectories(folder.resolve("nginx"));
        Files.writeString(
                home.resolve("server.conf"),
                documented()
                        .replace("443", "127.0.0.1:" + port)
                        .replace("127.0.0.1:8080", daemon.address().getAuthority())
                        .replace(
                                "/etc/nginx/listenkeyd.crt",
                                certificates.certificate("server").toString())
                        .replace(
                                "/etc/nginx/listenkeyd.key",
                                certificates.key("server").toString()));
        Files.writeString(home.resolve("nginx.conf"), """
                daemon off;
                worker_processes 1;
                pid nginx.pid;
                events {}
                http {
                    access_log off;
                    client_body_temp_path body;
                    proxy_temp_path proxy;
                    fastcgi_temp_path fastcgi;
                    uwsgi_temp_path uwsgi;
                    scgi_temp_path scgi;
                    include server.conf;
                }
                """);
        return new ProcessBuilder(program, "-p", home.toString(), "-c", "nginx.conf", "-e", "stderr")
                .redirectErrorStream(true)
                .start();
    }

    /** The configuration of the documentation. */
    private static String documented() throws IOException {
        String page = Files.readString(DOCUMENTATION);
        String begin = "```nginx\n";
        assertThat(page).containsOnlyOnce(begin);
        int start = page.indexOf(begin) + begin.length();
        String configuration = page.substring(start, page.indexOf("```", start));
        assertThat(configuration)
                .contains("443", "127.0.0.1:8080", "/etc/nginx/listenkeyd.crt", "/etc/nginx/listenkeyd.key")
                .doesNotContain("proxy_buffering");
        return configuration;
    }
}
