package dev.listenkeyd.binance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ServerSocketFactory;

/** A server that misbehaves below HTTP, on a loopback port. Each connection is served by its own thread. */
public final class RawExchange implements AutoCloseable {
    public static final String OK = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

    /** Longer than any call may last. */
    private static final int PATIENCE_MILLIS = 5000;

    /** First byte of a client that expects TLS; it says nothing more until it is answered. */
    private static final String TLS_HANDSHAKE = "\u0016";

    /** Serves a connection after its request has been read. */
    public interface Manners {
        void serve(Socket connection) throws IOException;
    }

    private final ServerSocket listener;
    private final Manners manners;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final Semaphore hungUp = new Semaphore(0);

    public RawExchange(Manners manners) throws IOException {
        this(ServerSocketFactory.getDefault(), manners);
    }

    /** @param sockets of another kind than plain ones: TLS */
    public RawExchange(ServerSocketFactory sockets, Manners manners) throws IOException {
        this.manners = manners;
        listener = sockets.createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    public URI tlsUrl() {
        return URI.create("https://127.0.0.1:" + listener.getLocalPort());
    }

    /** Heads of the requests, one per connection. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    /** Waits until a client has closed its connection, for a bounded time. */
    public boolean clientHungUp() throws InterruptedException {
        return hungUp.tryAcquire(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Sends this and then nothing, until the client hangs up. */
    public static Manners sendAndStall(String reply) {
        return connection -> {
            send(connection, reply);
            connection.setSoTimeout(PATIENCE_MILLIS);
            if (connection.getInputStream().read() != -1) {
                throw new IOException("a second request on the same connection");
            }
        };
    }

    /** Sends this, and closes as if that were all. */
    public static Manners sendAndClose(String reply) {
        return connection -> send(connection, reply);
    }

    /** Sends the start, then one byte every so often, until the client hangs up. */
    public static Manners trickle(String start, String drop) {
        return connection -> {
            send(connection, start);
            connection.setSoTimeout(PATIENCE_MILLIS / 100);
            for (int drops = 0; drops < 100 && !hasHungUp(connection); drops++) {
                send(connection, drop);
            }
        };
    }

    /**
     * Sends without end, as fast as the client takes it.
     *
     * @param taken bytes that the client, and the buffers on the way to it, have taken so far
     */
    public static Manners flood(String start, String again, AtomicLong taken) {
        byte[] bytes = again.getBytes(ISO_8859_1);
        return connection -> {
            send(connection, start);
            while (!connection.isClosed()) {
                connection.getOutputStream().write(bytes);
                taken.addAndGet(bytes.length);
            }
        };
    }

    /** Sends these very bytes, and closes. */
    public static Manners sendBytes(String start, byte[] body) {
        return connection -> {
            send(connection, start);
            connection.getOutputStream().write(body);
        };
    }

    @Override
    public void close() throws IOException {
        listener.close();
        threads.shutdownNow();
    }

    private static void send(Socket connection, String text) throws IOException {
        connection.getOutputStream().write(text.getBytes(ISO_8859_1));
        connection.getOutputStream().flush();
    }

    private static boolean hasHungUp(Socket connection) throws IOException {
        try {
            return connection.getInputStream().read() == -1;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket connection = listener.accept();
                threads.execute(() -> serve(connection));
            }
        } catch (IOException e) {
            threads.shutdown();
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            requests.add(head(connection.getInputStream()));
            manners.serve(connection);
            hungUp.release();
        } catch (SocketTimeoutException e) {
            requests.add("and never hung up");
        } catch (IOException e) {
            // Reset in the middle of what we sent.
            hungUp.release();
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0 && head.indexOf(TLS_HANDSHAKE) != 0) {
            int next = in.read();
            if (next == -1) {
                throw new IOException("no request");
            }
            head.append((char) next);
        }
        return head.toString();
    }
}
