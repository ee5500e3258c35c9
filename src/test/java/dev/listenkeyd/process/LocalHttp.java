package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;

/** Calls a process on this machine. */
record LocalHttp(HttpClient client, URI address) {
    private static final ObjectMapper JSON = new ObjectMapper();

    static LocalHttp plain(int port) {
        HttpClient client = HttpClient.newBuilder().connectTimeout(SOON).build();
        return new LocalHttp(client, URI.create("http://127.0.0.1:" + port));
    }

    HttpResponse<String> call(String method, String path, String body) {
        try {
            return send(method, path, body);
        } catch (IOException e) {
            throw new AssertionError(method + " " + address + path + " failed", e);
        }
    }

    /** The HTTP status, or 0 if nothing answers. */
    int status(String path) {
        try {
            return send("GET", path, "").statusCode();
        } catch (IOException e) {
            return 0;
        }
    }

    static JsonNode json(HttpResponse<String> response) {
        try {
            return JSON.readTree(response.body());
        } catch (IOException e) {
            throw new AssertionError(response.body(), e);
        }
    }

    private HttpResponse<String> send(String method, String path, String body) throws IOException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(address + path))
                .timeout(SOON)
                .header("Content-Type", "application/json")
                .header("Accept", path.endsWith("/metrics") ? "text/plain" : "*/*")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        try {
            return client.send(request, BodyHandlers.ofString());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
