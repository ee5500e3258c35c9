package dev.listenkeyd.notify.webhook;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ServerSocketFactory;
import org.jspecify.annotations.NullUnmarked;

/** A receiver that misbehaves below HTTP, on a loopback port. It reads a call as a whole before it does. */
@NullUnmarked
final class HostileReceiver implements AutoCloseable {
    private static final Pattern LENGTH = Pattern.compile("content-length: *(\\d+)", Pattern.CASE_INSENSITIVE);
    private static final int PATIENCE_SECONDS = 60;

    /** Serves a connection after its call has been read. */
    interface Manners {
        void serve(Socket connection) throws IOException;
    }

    private final ServerSocket listener;
    private final Manners manners;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Semaphore hungUp = new Semaphore(0);
    final AtomicInteger calls = new AtomicInteger();

    HostileReceiver(Manners manners) throws IOException {
        this(ServerSocketFactory.getDefault(), manners);
    }

    HostileReceiver(ServerSocketFactory sockets, Manners manners) throws IOException {
        this.manners = manners;
        listener = sockets.createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.execute(this::accept);
    }

    String url() {
        return "http://127.0.0.1:" + listener.getLocalPort() + "/hook";
    }

    /** Waits until a client has closed its connection. */
    boolean clientHungUp() throws InterruptedException {
        return hungUp.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** Sends this and then nothing, until the client hangs up. */
    static Manners sendAndStall(String answer) {
        return connection -> {
            connection.getOutputStream().write(answer.getBytes(ISO_8859_1));
            connection.getInputStream().read();
        };
    }

    static Manners sendAndClose(String answer) {
        return connection -> connection.getOutputStream().write(answer.getBytes(ISO_8859_1));
    }

    /**
     * Sends the start, then more without end, as fast as the client takes it.
     *
     * @param taken bytes that the client, and the buffers on the way to it, have taken
     */
    static Manners flood(String start, String again, AtomicLong taken) {
        byte[] bytes = again.getBytes(ISO_8859_1);
        return connection -> {
            connection.getOutputStream().write(start.getBytes(ISO_8859_1));
            while (true) {
                connection.getOutputStream().write(bytes);
                taken.addAndGet(bytes.length);
            }
        };
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
            read(connection.getInputStream());
            calls.incrementAndGet();
            manners.serve(connection);
        } catch (IOException e) {
            // Reset in the middle of what we sent.
        }
        hungUp.release();
    }

    private static void read(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next == -1) {
                throw new IOException("no call");
            }
            head.append((char) next);
        }
        Matcher length = LENGTH.matcher(head);
        if (length.find()) {
            in.readNBytes(Integer.parseInt(length.group(1)));
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        threads.shutdownNow();
    }
}
