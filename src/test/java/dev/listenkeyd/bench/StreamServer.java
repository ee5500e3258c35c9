package dev.listenkeyd.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullUnmarked;

/** Streams of any keys; each gets an account update of about 800 bytes every 3 s. */
@NullUnmarked
final class StreamServer implements AutoCloseable {
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int SECONDS = 3;
    private static final byte[] UPDATE = frame("{\"e\":\"ACCOUNT_UPDATE\",\"E\":1736996475556,\"B\":["
            + "{\"a\":\"USDT\",\"b\":\"10000000.0\",\"m\":\"52.1\",\"u\":\"0.0\",\"U\":200,\"M\":\"1762.8\"},".repeat(5)
            + "{}],\"G\":[" + "{\"ui\":\"SOLUSDT\",\"d\":-33.2,\"t\":-1.3,\"g\":-0.0,\"v\":-12.6},".repeat(5) + "{}]}");

    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(2);

    StreamServer() throws IOException {
        threads.execute(this::accept);
        Future<?> unused =
                threads.scheduleAtFixedRate(() -> open.forEach(this::update), SECONDS, SECONDS, TimeUnit.SECONDS);
    }

    /** Prefix of the streams' addresses. */
    String address() {
        return "ws://127.0.0.1:" + listener.getLocalPort() + "/";
    }

    /** Connections that are open. */
    int open() {
        return open.size();
    }

    @Override
    public void close() throws IOException {
        threads.shutdownNow();
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
    }

    private void accept() {
        try {
            while (!listener.isClosed()) {
                Socket socket = listener.accept();
                handshake(socket);
                open.add(socket);
            }
        } catch (IOException e) {
            // The end of the measure.
        }
    }

    private void update(Socket socket) {
        try {
            socket.getOutputStream().write(UPDATE);
        } catch (IOException e) {
            open.remove(socket);
        }
    }

    private static void handshake(Socket socket) throws IOException {
        BufferedReader head = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
        String key = "";
        for (String line = head.readLine(); line != null && !line.isEmpty(); line = head.readLine()) {
            if (line.regionMatches(true, 0, "sec-websocket-key:", 0, 18)) {
                key = line.substring(18).strip();
            }
        }
        OutputStream out = socket.getOutputStream();
        out.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Accept: " + accepting(key) + "\r\n\r\n")
                .getBytes(ISO_8859_1));
    }

    private static String accepting(String key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(ISO_8859_1));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }

    private static byte[] frame(String text) {
        byte[] payload = text.getBytes(ISO_8859_1);
        return ByteBuffer.allocate(4 + payload.length)
                .put((byte) 0x81)
                .put((byte) 126)
                .putShort((short) payload.length)
                .put(payload)
                .array();
    }
}
