package dev.listenkeyd.exchange;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import dev.listenkeyd.sandbox.ExchangeRules;
import dev.listenkeyd.sandbox.ExchangeRules.IssuedKey;
import dev.listenkeyd.sandbox.Reply;
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
 * The exchange over real HTTP, by the rules of {@link ExchangeRules}. An account is an API key, or another API key that {@link #alias}
 * joined to it. Healthy unless told otherwise. Thread-safe.
 */
public final class StandInExchange implements AutoCloseable {
    /** Stands in every listen key, so that a leak is found wherever it is. */
    public static final String LISTEN_KEY_MARK = "lIsTeNkEyMaRk";

    private static final String PATH = "/eapi/v1/listenKey";
    private static final String INFO_PATH = "/eapi/v1/exchangeInfo";
    private static final Reply LIMIT = Reply.limit(1_000_000);
    private static final Reply NOT_FOUND = new Reply(404, "<html>not here</html>", Map.of("Content-Type", "text/html"));
    private static final Reply TOO_MANY_PARAMETERS =
            Reply.error(400, -1101, "Too many parameters sent for this endpoint.");
    private static final int KEY_LENGTH = 64;

    private final Port port = new Port(this::serve);
    private final Duration ttl;
    private final CallLedger ledger = new CallLedger();
    private final ExchangeRules rules;
    private final Map<String, String> aliases = new HashMap<>();
    private final Map<String, Reply> faults = new HashMap<>();
    private final Map<String, Reply> faultsOfSources = new HashMap<>();
    private @Nullable Reply faultOfAll;
    private CountDownLatch gate = new CountDownLatch(0);
    private volatile Duration latency = Duration.ZERO;
    private int keysMade;

    private StandInExchange(Duration ttl) {
        this.ttl = ttl;
        this.rules = new ExchangeRules(ttl, account -> newKey());
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

    /** Answers all calls that come from this IP address so, until it is healed. */
    public synchronized void failFrom(String source, Reply reply) {
        faultsOfSources.put(source, reply);
    }

    /** Answers all calls so, until it is healed. */
    public synchronized void failAll(Reply reply) {
        faultOfAll = reply;
    }

    /** No more faults, and nobody is held; keys and aliases stay. */
    public synchronized void heal() {
        faults.clear();
        faultsOfSources.clear();
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
        IssuedKey key = rules.active(account(apiKey), Instant.now());
        return key == null ? null : key.value();
    }

    /** Closes the key, as another program's DELETE does. */
    public synchronized void closeKey(String apiKey) {
        delete(apiKey);
    }

    /** Closes the key and makes a new one, as another program does. */
    public synchronized String rotateKey(String apiKey) {
        closeKey(apiKey);
        return activeKey(apiKey);
    }

    /** Makes this the active key. */
    public synchronized void putKey(String apiKey, String listenKey) {
        closeKey(apiKey);
        rules.set(account(apiKey), new IssuedKey(listenKey, Instant.now().plus(ttl)));
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
        String source = http.getRemoteAddress().getAddress().getHostAddress();
        int number = ledger.came(http.getRequestMethod(), apiKey, source);
        try (http) {
            waitAtGate();
            LockSupport.parkNanos(latency.toNanos() / 2);
            boolean plain = http.getRequestURI().getRawQuery() == null && body.length == 0;
            Reply reply = switch (http.getRequestURI().getPath()) {
                case PATH -> answer(http.getRequestMethod(), apiKey, source, plain);
                case INFO_PATH -> info(source);
                default -> NOT_FOUND;
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

    private synchronized Reply answer(String method, String apiKey, String source, boolean plain) {
        Reply fault = faults.getOrDefault(apiKey, faultsOfSources.getOrDefault(source, faultOfAll));
        if (fault != null) {
            return fault;
        }
        if (!plain) {
            return TOO_MANY_PARAMETERS;
        }
        return switch (method) {
            case "POST" -> Reply.named(post(apiKey));
            case "PUT" -> Reply.done(extended(apiKey, rules.put(account(apiKey), Instant.now())));
            case "DELETE" -> Reply.done(delete(apiKey));
            default -> Reply.of(405, "");
        };
    }

    private synchronized Reply info(String source) {
        Reply fault = faultsOfSources.getOrDefault(source, faultOfAll);
        return fault == null ? LIMIT : fault;
    }

    private IssuedKey post(String apiKey) {
        IssuedKey key = rules.post(account(apiKey), Instant.now());
        extended(apiKey, key);
        return key;
    }

    private @Nullable IssuedKey extended(String apiKey, @Nullable IssuedKey key) {
        if (key != null) {
            ledger.extended(account(apiKey), key.value(), key.expiresAt().minus(ttl), key.expiresAt());
        }
        return key;
    }

    private @Nullable IssuedKey delete(String apiKey) {
        IssuedKey closed = rules.delete(account(apiKey), Instant.now());
        if (closed != null) {
            ledger.closed(closed.value());
        }
        return closed;
    }

    private String newKey() {
        keysMade++;
        String head = LISTEN_KEY_MARK + keysMade + "x";
        return head + "Z".repeat(KEY_LENGTH - head.length());
    }

    private String account(String apiKey) {
        return aliases.getOrDefault(apiKey, apiKey);
    }

    private static void send(HttpExchange http, Reply reply) throws IOException {
        byte[] bytes = reply.body().getBytes(UTF_8);
        http.getResponseHeaders().set("Content-Type", reply.contentType());
        reply.headers().forEach(http.getResponseHeaders()::set);
        http.sendResponseHeaders(reply.status(), bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            http.getResponseBody().write(bytes);
        }
    }
}
