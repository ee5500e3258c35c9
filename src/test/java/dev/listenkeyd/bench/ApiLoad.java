package dev.listenkeyd.bench;

import dev.listenkeyd.process.ProcessFixture;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Clients that each send their next call as soon as the last one is answered. */
public final class ApiLoad {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String LEASES = "/v1/listen-keys";

    /** Of the calls of a writer, one in so many is for an account that is new, and is given up at once. */
    private static final int NEW_ONE_IN = 20;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();
    private final URI daemon;
    private final List<String> accounts;
    private final Map<String, ConcurrentLinkedQueue<Long>> nanosByKind = new ConcurrentHashMap<>();
    private final Set<String> unexpected = ConcurrentHashMap.newKeySet();
    private Duration took = Duration.ZERO;

    public ApiLoad(URI daemon, List<String> accounts) {
        this.daemon = daemon;
        this.accounts = accounts;
    }

    /** Returns when all clients have ended. */
    public void run(int readers, int writers, Duration howLong) throws InterruptedException {
        long start = System.nanoTime();
        long end = start + howLong.toNanos();
        List<Thread> clients = new ArrayList<>();
        for (int number = 0; number < readers + writers; number++) {
            int seed = number;
            clients.add(new Thread(() -> client(new Random(seed), seed >= readers ? "bot-" + seed : "", end)));
        }
        clients.forEach(Thread::start);
        for (Thread client : clients) {
            client.join();
        }
        took = Duration.ofNanos(System.nanoTime() - start);
    }

    /** Answers and failures that no client should see. */
    public Set<String> unexpected() {
        return unexpected;
    }

    public void print() {
        nanosByKind.forEach((kind, nanos) -> {
            long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
            System.out.printf(
                    Locale.ROOT,
                    "%s: %d calls, %.0f a second, answered in %.1f ms (median), %.1f ms (p99)%n",
                    kind,
                    sorted.length,
                    sorted.length / (took.toMillis() / 1e3),
                    sorted[sorted.length / 2] / 1e6,
                    sorted[(int) (sorted.length * 0.99)] / 1e6);
        });
    }

    /** @param holder empty for one that reads */
    private void client(Random dice, String holder, long end) {
        while (System.nanoTime() < end) {
            String account = accounts.get(dice.nextInt(accounts.size()));
            try {
                if (holder.isEmpty()) {
                    read(dice, account);
                } else {
                    boolean isNew = dice.nextInt(NEW_ONE_IN) == 0;
                    write(isNew ? holder + "-" + dice.nextInt(1_000_000) : account, holder);
                }
            } catch (IOException e) {
                unexpected.add(e.toString());
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private void read(Random dice, String account) throws IOException, InterruptedException {
        String path = List.of(
                        LEASES + "/" + account,
                        LEASES + "/" + account + "/key",
                        LEASES + "?limit=100&after=" + account,
                        "/v1/status")
                .get(dice.nextInt(4));
        call("reads", "GET", path, "", 200);
    }

    private void write(String account, String holder) throws IOException, InterruptedException {
        String body = "{\"account\":\"" + account + "\",\"apiKey\":\"" + ProcessFixture.apiKey(account)
                + "\",\"holder\":\"" + holder + "\"}";
        call("registrations", "POST", LEASES, body, 200, 201, 202);
        call("releases", "DELETE", LEASES + "/" + account + "?holder=" + holder, "", 200, 204);
    }

    private void call(String kind, String method, String path, String body, int... expected)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(daemon.resolve(path))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        long start = System.nanoTime();
        HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
        nanosByKind
                .computeIfAbsent(kind, unused -> new ConcurrentLinkedQueue<>())
                .add(System.nanoTime() - start);
        if (Arrays.stream(expected).noneMatch(status -> status == answer.statusCode())) {
            unexpected.add(method + " " + answer.statusCode() + " " + answer.body());
        }
    }
}
