package dev.listenkeyd.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.NullUnmarked;

/** Answers what a test tells it, one answer after the other, and remembers the calls. */
@NullUnmarked
final class StubDaemon implements AutoCloseable {
    private final HttpServer server;
    private final Queue<Reply> replies = new ConcurrentLinkedQueue<>(new ArrayDeque<>());
    private final List<Call> calls = new CopyOnWriteArrayList<>();

    record Call(String line, String token, String lastEventId, String body) {}

    private record Reply(int status, String type, String body) {}

    StubDaemon() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    StubDaemon json(String body) {
        return reply(200, "application/json", body);
    }

    StubDaemon problem(int status, String code, String detail) {
        return reply(
                status,
                "application/problem+json",
                "{\"type\":\"urn:x\",\"title\":\"x\",\"status\":" + status + ",\"detail\":\"" + detail
                        + "\",\"code\":\"" + code + "\"}");
    }

    /** A stream of server-sent events, which then ends. */
    StubDaemon events(String body) {
        return reply(200, "text/event-stream", body);
    }

    StubDaemon reply(int status, String type, String body) {
        replies.add(new Reply(status, type, body));
        return this;
    }

    List<Call> calls() {
        return calls;
    }

    private void answer(HttpExchange call) throws IOException {
        calls.add(new Call(
                call.getRequestMethod() + " " + call.getRequestURI(),
                call.getRequestHeaders().getFirst("Authorization"),
                call.getRequestHeaders().getFirst("Last-Event-ID"),
                new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
        Reply reply = replies.poll();
        if (reply == null) {
            reply = new Reply(500, "text/plain", "no answer was planned");
        }
        byte[] body = reply.body().getBytes(StandardCharsets.UTF_8);
        call.getResponseHeaders().set("Content-Type", reply.type());
        call.sendResponseHeaders(reply.status(), body.length == 0 ? -1 : body.length);
        try (OutputStream out = call.getResponseBody()) {
            out.write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
