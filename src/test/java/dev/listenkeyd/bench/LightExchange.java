package dev.listenkeyd.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.listenkeyd.sandbox.ExchangeRules.IssuedKey;
import dev.listenkeyd.sandbox.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;

/**
 * The exchange of benchmarks, in a process of its own: one thread that answers at once and remembers who called when.
 * It knows every API key, and a key's name follows from its API key, so it needs no state to be right about them.
 */
public final class LightExchange {
    private static final int BACKLOG = 4096;
    private static final int HEAD_BYTES = 2048;
    private static final int KEY_LENGTH = 64;
    private static final String API_KEY = "X-MBX-APIKEY: ";

    /** The address that answers with all calls so far: a line each, method, API key and epoch milliseconds. */
    public static final String CALLS = "/calls";

    /** The address that answers with how many API keys were renewed so far. */
    public static final String RENEWED = "/renewed";

    private static final Reply LIMIT = Reply.limit(100_000_000);

    private final Duration ttl;
    private final StringBuilder calls = new StringBuilder();
    private final Set<String> renewed = new HashSet<>();

    private LightExchange(Duration ttl) {
        this.ttl = ttl;
    }

    /** The active key of whoever has this API key. */
    public static String listenKey(String apiKey) {
        return apiKey + "Z".repeat(KEY_LENGTH - apiKey.length());
    }

    /** Says its port, and serves until its standard input ends: whoever started it is gone then. */
    public static void main(String[] args) throws IOException {
        Thread watch = new Thread(() -> {
            try (InputStream parent = System.in) {
                parent.transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                // Gone, too.
            }
            Runtime.getRuntime().halt(0);
        });
        watch.setDaemon(true);
        watch.start();
        new LightExchange(Duration.parse(args[0])).serve();
    }

    private void serve() throws IOException {
        try (Selector selector = Selector.open();
                ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
            server.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
            System.out.println(server.socket().getLocalPort());
            while (true) {
                selector.select(key -> {
                    try {
                        ready(key, selector, server);
                    } catch (IOException e) {
                        // A caller who hangs up is no matter of ours.
                        key.cancel();
                    }
                });
            }
        }
    }

    private void ready(SelectionKey key, Selector selector, ServerSocketChannel server) throws IOException {
        if (!key.isAcceptable()) {
            read((SocketChannel) key.channel(), (ByteBuffer) key.attachment());
            return;
        }
        for (SocketChannel caller = server.accept(); caller != null; caller = server.accept()) {
            ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES);
            caller.configureBlocking(false);
            // Most often the request is there already: then there is nothing to select.
            read(caller, head);
            if (caller.isOpen()) {
                caller.register(selector, SelectionKey.OP_READ, head);
            }
        }
    }

    private void read(SocketChannel caller, ByteBuffer head) throws IOException {
        int count = caller.read(head);
        String request = ISO_8859_1.decode(head.duplicate().flip()).toString();
        if (request.endsWith("\r\n\r\n")) {
            send(caller, answer(request));
            caller.close();
        } else if (count < 0) {
            caller.close();
        }
    }

    private String answer(String request) {
        String[] line = request.substring(0, request.indexOf('\r')).split(" ", 3);
        if (line[1].equals(CALLS)) {
            return calls.toString();
        }
        if (line[1].equals(RENEWED)) {
            return Integer.toString(renewed.size());
        }
        if (line[0].equals("GET")) {
            return LIMIT.body();
        }
        int start = request.indexOf(API_KEY) + API_KEY.length();
        String apiKey = request.substring(start, request.indexOf('\r', start));
        Instant now = Instant.now();
        calls.append(line[0])
                .append(' ')
                .append(apiKey)
                .append(' ')
                .append(now.toEpochMilli())
                .append('\n');
        if (line[0].equals("POST")) {
            return Reply.named(new IssuedKey(listenKey(apiKey), now.plus(ttl))).body();
        }
        renewed.add(apiKey);
        return Reply.DONE.body();
    }

    private static void send(SocketChannel caller, String body) throws IOException {
        ByteBuffer reply = ByteBuffer.wrap(("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                        + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(ISO_8859_1));
        while (reply.hasRemaining()) {
            caller.write(reply);
        }
    }
}
