package dev.listenkeyd.exchange;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The exchange over real HTTP, written from its documentation and not from the sandbox of the product: an account is an
 * API key, or another API key that {@link #alias} joined to it. Healthy unless told otherwise. Thread-safe.
 */
public final class StandInExchange implements AutoCloseable {
    /** Stands in every listen key, so that a leak is found wherever it is. */
    public static final String LISTEN_KEY_MARK = "lIsTeNkEyMaRk";

    private static final String PATH = "/eapi/v1/listenKey";
    private static final String INFO_PATH = "/eapi/v1/exchangeInfo";
    private static final String INFO = "{\"timezone\":\"UTC\",\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\","
            + "\"interval\":\"MINUTE\",\"intervalNum\":1,\"limit\":1000000}]}";
    private static final String NO_KEY = "{\"code\":-1125,\"msg\":\"This listenKey does not exist.\"}";
    private static final int KEY_LENGTH = 64;

    /** What to answer in place of the truth; {@code status} 0 closes the connection without a word. */
    public record Reply(int status, String body, Map<String, String> headers) {
        public static final Reply DROPPED = new Reply(0, "", Map.of());

        public static final Reply UNAVAILABLE =
                new Reply(503, "{\"code\":-1001,\"msg\":\"Internal error; unable to process.\"}", Map.of());

        public static final Reply REFUSED = new Reply(
                401, "{\"code\":-2015,\"msg\":\"Invalid API-key, IP, or permissions for action.\"}", Map.of());

        /** A page of a firewall; it names no end. */
        public static final Reply BLOCKED =
                new Reply(403, "<html>Request blocked</html>", Map.of("Content-Type", "text/html"));

        public static Reply throttled(Duration retryAfter) {
            return new Reply(
                    429,
                    "{\"code\":-1003,\"msg\":\"Too many requests.\"}",
                    Map.of("Retry-After", Long.toString(retryAfter.toSeconds())));
        }

        public static Reply banned(Instant until) {
            return new Reply(
                    418,
                    "{\"code\":-1003,\"msg\":\"Way too many requests; IP banned until " + until.toEpochMilli() + ".\"}",
                    Map.of());
        }
    }

    private record Key(String value, Instant expiresAt) {}

    private final Port port = new Port(this::serve);
    private final Duration ttl;
    private final CallLedger ledger = new CallLedger();
    private final Map<String, Key> keys = new HashMap<>();
    private final Map<String, String> aliases = new HashMap<>();
    private final Map<String, Reply> faults = new HashMap<>();
    private @Nullable Reply faultOfAll;
    private CountDownLatch gate = new CountDownLatch(0);
    private volatile Duration latency = Duration.ZERO;
    private int keysMade;

    private StandInExchange(Duration ttl) {
        this.ttl = ttl;
    }

    /** Starts on a free port of this machine. */
    public static StandInExchange start(Duration ttl) {
        return new StandInExchange(ttl);
    }

    public String url() {
        return "http://127.0.0.1:" + port.number();
    }

    @Override
    public void close() {
        letGo();
        port.close();
    }

    // --- what tests do to it

    /** Answers all calls with this API key so, until it is healed. */
    public synchronized void fail(String apiKey, Reply reply) {
        faults.put(apiKey, reply);
    }

    /** Answers all calls so, until it is healed. */
    public synchronized void failAll(Reply reply) {
        faultOfAll = reply;
    }

    /** No more faults, and nobody is held; keys and aliases stay. */
    public synchronized void heal() {
        faults.clear();
        faultOfAll = null;
        letGo();
    }

    /** Every call takes this long from now on: half of it before the exchange acts, half before it answers. */
    public void slowDown(Duration duration) {
        latency = duration;
    }

    /** Refuses connections. */
    public void vanish() {
        port.shut();
    }

    /** Listens again, at the same address. */
    public void comeBack() {
        port.open();
    }

    /** Holds every call, without a reply, until {@link #heal}. */
    public synchronized void hold() {
        gate = new CountDownLatch(1);
    }

    /** Makes the second API key one of the first's account. */
    public synchronized void alias(String apiKey, String another) {
        aliases.put(another, apiKey);
    }

    /** The active key; makes one where none is, as another program's POST does. */
    public synchronized String activeKey(String apiKey) {
        return post(apiKey).value();
    }

    /** The active key, null when there is none. */
    public synchronized @Nullable String peek(String apiKey) {
        Key key = active(apiKey);
        return key == null ? null : key.value();
    }

    /** Closes the key, as another program's DELETE does. */
    public synchronized void closeKey(String apiKey) {
        Key closed = keys.remove(account(apiKey));
        if (closed != null) {
            ledger.closed(closed.value());
        }
    }

    /** Closes the key and makes a new one, as another program does. */
    public synchronized String rotateKey(String apiKey) {
        closeKey(apiKey);
        return activeKey(apiKey);
    }

    /** Makes this the active key. */
    public synchronized void putKey(String apiKey, String listenKey) {
        closeKey(apiKey);
        keys.put(account(apiKey), new Key(listenKey, Instant.now().plus(ttl)));
    }

    public CallLedger ledger() {
        return ledger;
    }

    /** Calls about listen keys. */
    public List<CallLedger.Call> calls() {
        return ledger.calls().stream()
                .filter(call -> !call.method().equals("GET"))
                .toList();
    }

    public boolean isAskedForItsLimit() {
        return ledger.calls().stream().anyMatch(call -> call.method().equals("GET"));
    }

    /** Methods of the calls with this API key, in order. */
    public List<String> calls(String apiKey) {
        return calls().stream()
                .filter(call -> call.apiKey().equals(apiKey))
                .map(CallLedger.Call::method)
                .toList();
    }

    // --- the rules

    private void serve(HttpExchange http) throws IOException {
        String apiKey = String.valueOf(http.getRequestHeaders().getFirst("X-MBX-APIKEY"));
        byte[] body = http.getRequestBody().readAllBytes();
        int number = ledger.came(http.getRequestMethod(), apiKey);
        try (http) {
            waitAtGate();
            LockSupport.parkNanos(latency.toNanos() / 2);
            boolean plain = http.getRequestURI().getRawQuery() == null && body.length == 0;
            Reply reply = switch (http.getRequestURI().getPath()) {
                case PATH -> answer(http.getRequestMethod(), apiKey, plain);
                case INFO_PATH -> info();
                default -> new Reply(404, "<html>not here</html>", Map.of("Content-Type", "text/html"));
            };
            LockSupport.parkNanos(latency.toNanos() / 2);
            ledger.answered(number, reply.status());
            if (reply.status() > 0) {
                send(http, reply);
            }
        }
    }

    private void waitAtGate() {
        CountDownLatch held;
        synchronized (this) {
            held = gate;
        }
        try {
            held.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void letGo() {
        gate.countDown();
    }

    private synchronized Reply answer(String method, String apiKey, boolean plain) {
        Reply fault = faults.getOrDefault(apiKey, faultOfAll);
        if (fault != null) {
            return fault;
        }
        if (!plain) {
            return new Reply(400, "{\"code\":-1101,\"msg\":\"Too many parameters sent for this endpoint.\"}", Map.of());
        }
        Key active = active(apiKey);
        return switch (method) {
            case "POST" -> named(post(apiKey));
            case "PUT" -> {
                if (active != null) {
                    post(apiKey);
                }
                yield active == null ? new Reply(400, NO_KEY, Map.of()) : new Reply(200, "{}", Map.of());
            }
            case "DELETE" -> {
                closeKey(apiKey);
                yield active == null ? new Reply(400, NO_KEY, Map.of()) : new Reply(200, "{}", Map.of());
            }
            default -> new Reply(405, "", Map.of());
        };
    }

    private synchronized Reply info() {
        return faultOfAll == null ? new Reply(200, INFO, Map.of()) : faultOfAll;
    }

    private static Reply named(Key key) {
        String body = "{\"listenKey\":\"" + key.value() + "\",\"expiration\":"
                + key.expiresAt().toEpochMilli() + "}";
        return new Reply(200, body, Map.of());
    }

    private Key post(String apiKey) {
        Key active = active(apiKey);
        Instant now = Instant.now();
        Key extended = new Key(active == null ? newKey() : active.value(), now.plus(ttl));
        keys.put(account(apiKey), extended);
        ledger.extended(account(apiKey), extended.value(), now, extended.expiresAt());
        return extended;
    }

    private String newKey() {
        keysMade++;
        String head = LISTEN_KEY_MARK + keysMade + "x";
        return head + "Z".repeat(KEY_LENGTH - head.length());
    }

    private @Nullable Key active(String apiKey) {
        Key key = keys.get(account(apiKey));
        return key != null && Instant.now().isBefore(key.expiresAt()) ? key : null;
    }

    private String account(String apiKey) {
        return aliases.getOrDefault(apiKey, apiKey);
    }

    private static void send(HttpExchange http, Reply reply) throws IOException {
        byte[] bytes = reply.body().getBytes(UTF_8);
        http.getResponseHeaders().set("Content-Type", "application/json");
        reply.headers().forEach(http.getResponseHeaders()::set);
        http.sendResponseHeaders(reply.status(), bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            http.getResponseBody().write(bytes);
        }
    }
}
