package dev.listenkeyd.http;

import io.restassured.RestAssured;
import io.restassured.path.json.JsonPath;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;

/** Reads a stream of server-sent events of the daemon under test, comments left out. */
@NullUnmarked
final class EventReader implements AutoCloseable {
    /** No event takes longer; a comment comes every 15 seconds, so a read does not end by itself. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final HttpResponse<InputStream> answer;
    private final BufferedReader lines;

    /** @param id null when the event has none */
    record Event(String name, String id, JsonPath data) {}

    EventReader(String target, String lastEventId) throws IOException, InterruptedException {
        HttpRequest.Builder call = HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + target))
                .timeout(PATIENCE);
        if (lastEventId != null) {
            call.header("Last-Event-ID", lastEventId);
        }
        answer = HttpClient.newHttpClient().send(call.build(), HttpResponse.BodyHandlers.ofInputStream());
        if (answer.statusCode() != 200) {
            throw new IOException("HTTP " + answer.statusCode() + " for " + target);
        }
        lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
    }

    Map<String, String> headers() {
        Map<String, String> headers = new HashMap<>();
        answer.headers().map().forEach((name, values) -> headers.put(name, String.join(", ", values)));
        return headers;
    }

    /** The next event. */
    Event next() throws IOException {
        Map<String, String> fields = new HashMap<>();
        long started = System.nanoTime();
        for (String line = lines.readLine(); ; line = lines.readLine()) {
            if (line == null || System.nanoTime() - started > PATIENCE.toNanos()) {
                throw new IOException("no event came");
            }
            int colon = line.indexOf(':');
            if (colon > 0) {
                fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
            } else if (line.isEmpty() && fields.containsKey("event")) {
                return new Event(fields.get("event"), fields.get("id"), JsonPath.from(fields.get("data")));
            }
        }
    }

    /** The next event of this name; those before it are left out. */
    Event nextNamed(String name) throws IOException {
        Event event = next();
        while (!event.name().equals(name)) {
            event = next();
        }
        return event;
    }

    @Override
    public void close() throws IOException {
        answer.body().close();
    }
}
