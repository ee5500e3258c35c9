package dev.listenkeyd.telemetry;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Calls the API, and looks for secrets in every answer and its headers. */
final class SearchingClient {
    private final URI url;
    private final SecretSearch secrets;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<String> found = new ArrayList<>();

    SearchingClient(URI url, SecretSearch secrets) {
        this.url = url;
        this.secrets = secrets;
    }

    /** Secrets in answers so far. */
    List<String> found() {
        return found;
    }

    int get(String path) throws Exception {
        return send("GET", path, "");
    }

    /** As the client that may do everything. */
    int send(String method, String path, String body, String... headers) throws Exception {
        return sendAs(DaemonLoggingAll.TOKEN, method, path, body, headers);
    }

    int sendAs(String token, String method, String path, String body, String... headers) throws Exception {
        List<String> all = new ArrayList<>(List.of("Authorization", "Bearer " + token));
        all.addAll(List.of(headers));
        return sendWith(all, method, path, body);
    }

    /** @param headers names and values */
    int sendWith(List<String> headers, String method, String path, String body) throws Exception {
        HttpResponse<String> answer = answer(headers, method, path, body);
        String text = answer.statusCode() + " " + answer.headers().map() + "\n" + answer.body();
        secrets.in(text).forEach(leak -> found.add(method + " " + path + ": " + leak));
        return answer.statusCode();
    }

    /** Gets the listen key as a consumer does; from now on it is a secret to look for. */
    void learnListenKey(String account) throws Exception {
        List<String> headers = List.of("Authorization", "Bearer " + DaemonLoggingAll.TOKEN);
        HttpResponse<String> answer = answer(headers, "GET", SecretsStayInTest.LEASES + "/" + account + "/key", "");
        String key = answer.body().split("\"listenKey\":\"", 2)[1].split("\"", 2)[0];
        secrets.add(account + "'s listen key", key);
        secrets.in(answer.headers().map().toString()).forEach(leak -> found.add("headers of /key: " + leak));
    }

    private HttpResponse<String> answer(List<String> headers, String method, String path, String body)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(url.resolve(path))
                .timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        for (int i = 0; i < headers.size(); i += 2) {
            request.setHeader(headers.get(i), headers.get(i + 1));
        }
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            // The daemon closes a connection whose body it refused; a second one is new.
            return http.send(request.build(), BodyHandlers.ofString());
        }
    }
}
