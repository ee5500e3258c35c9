package dev.listenkeyd.notify.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.NullUnmarked;

/** A well-behaved receiver on a loopback port. It checks signatures by its own computation. */
@NullUnmarked
public final class WebhookReceiver implements AutoCloseable {
    public static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /**
     * A call that was accepted or refused.
     *
     * @param head method, path and query
     */
    public record Received(
            String head, String id, long timestamp, String authorization, JsonNode event, boolean accepted) {
        public String type() {
            return event.get("type").asText();
        }
    }

    private final List<Received> received = new CopyOnWriteArrayList<>();
    private final List<String> wrong = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;
    /** The status of each answer. */
    public volatile int status = 204;

    public WebhookReceiver() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::receive);
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/hook";
    }

    /** The address with a password, before the host and in the query. */
    public String url(String user, String password) {
        return url().replace("http://", "http://" + user + ":" + password + "@") + "?token=" + password;
    }

    /** All calls with a right signature, in the order in which they came. */
    public List<Received> received() {
        return List.copyOf(received);
    }

    /** What was wrong with a call. */
    public List<String> wrong() {
        return List.copyOf(wrong);
    }

    private void receive(HttpExchange call) throws IOException {
        byte[] body = call.getRequestBody().readAllBytes();
        String id = call.getRequestHeaders().getFirst("webhook-id");
        String timestamp = call.getRequestHeaders().getFirst("webhook-timestamp");
        String signature = call.getRequestHeaders().getFirst("webhook-signature");
        int answer = status;
        if (!signature(id, timestamp, body).equals(signature)) {
            wrong.add("signature of " + id);
        } else {
            received.add(new Received(
                    call.getRequestMethod() + " " + call.getRequestURI(),
                    id,
                    Long.parseLong(timestamp),
                    call.getRequestHeaders().getFirst("Authorization"),
                    new ObjectMapper().readTree(body),
                    answer < 300));
        }
        call.sendResponseHeaders(answer, -1);
        call.close();
    }

    private static String signature(String id, String timestamp, byte[] body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(SECRET.substring("whsec_".length())), "HmacSHA256"));
            ByteArrayOutputStream signed = new ByteArrayOutputStream();
            signed.writeBytes((id + "." + timestamp + ".").getBytes(UTF_8));
            signed.writeBytes(body);
            return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(signed.toByteArray()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
