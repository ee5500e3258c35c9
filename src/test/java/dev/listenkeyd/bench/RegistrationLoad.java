package dev.listenkeyd.bench;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Clients that register one new account after the other. */
public final class RegistrationLoad {
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final AtomicInteger accounts = new AtomicInteger();
    private final URI address;

    public RegistrationLoad(URI daemon) {
        this.address = daemon.resolve("/v1/listen-keys");
    }

    /** Returns how many registrations a second were answered. */
    public double run(int clients, Duration howLong) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        long start = System.nanoTime();
        int before = accounts.get();
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int client = 0; client < clients; client++) {
                running.add(threads.submit(() -> {
                    while (System.nanoTime() - start < howLong.toNanos()) {
                        register("new-" + accounts.incrementAndGet());
                    }
                    return null;
                }));
            }
            for (Future<?> client : running) {
                client.get();
            }
        } finally {
            threads.shutdownNow();
        }
        return (accounts.get() - before) * 1e9 / (System.nanoTime() - start);
    }

    private void register(String account) throws IOException, InterruptedException {
        String body = "{\"account\":\"" + account + "\",\"apiKey\":\"" + PreparedStore.apiKey(account) + "\"}";
        HttpRequest request = HttpRequest.newBuilder(address)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    }
}
