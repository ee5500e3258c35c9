package dev.listenkeyd.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullUnmarked;

/**
 * Subscribers of all renewals, on one thread. They read their streams only for the numbers and the times of events. The first one
 * gets the state of all leases; the others go on from there, so that the load is that of changes.
 */
@NullUnmarked
final class SubscriberLoad implements AutoCloseable {
    private static final String SYNC = "event:sync";
    private static final String ID = "id:";
    private static final Pattern SEQ_AND_TIME = Pattern.compile("\"seq\":(\\d+),\"at\":\"([^\"]+)\"");
    private static final int BUFFER = 1 << 16;

    private final Selector selector = Selector.open();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    private final Thread thread = new Thread(this::read, "subscribers");
    private final List<Subscriber> subscribers = new ArrayList<>();
    private final Map<Long, Instant> changes = new HashMap<>();
    private final Map<Long, Arrivals> arrivals = new HashMap<>();
    private final AtomicInteger inSync = new AtomicInteger();
    private volatile boolean ended;

    /** Arrivals of one event. */
    private static final class Arrivals {
        private int count;
        private Instant last = Instant.MIN;
    }

    private final class Subscriber {
        private final StringBuilder line = new StringBuilder();

        void take(byte next, Instant now) {
            if (next != '\n') {
                line.append((char) next);
                return;
            }
            if (line.indexOf(ID) == 0) {
                Arrivals arrived = arrivals.computeIfAbsent(
                        Long.valueOf(line.substring(ID.length()).strip()), seq -> new Arrivals());
                arrived.count++;
                arrived.last = now;
            } else if (line.indexOf(SYNC) == 0) {
                inSync.incrementAndGet();
            } else if (subscribers.get(0) == this) {
                Matcher change = SEQ_AND_TIME.matcher(line);
                if (change.find()) {
                    changes.put(Long.valueOf(change.group(1)), Instant.parse(change.group(2)));
                }
            }
            line.setLength(0);
        }
    }

    SubscriberLoad(URI daemon, int count) throws IOException {
        String head = "GET /v1/events?type=renewed HTTP/1.1\r\nHost: 127.0.0.1:" + daemon.getPort() + "\r\n";
        long known = count == 0 ? 0 : syncedAt(daemon, head);
        byte[] call = (head + "Last-Event-ID: " + known + "\r\n\r\n").getBytes(US_ASCII);
        for (int i = 0; i < count; i++) {
            SocketChannel channel = SocketChannel.open(new InetSocketAddress(daemon.getHost(), daemon.getPort()));
            channel.write(ByteBuffer.wrap(call));
            channel.configureBlocking(false);
            Subscriber subscriber = new Subscriber();
            subscribers.add(subscriber);
            channel.register(selector, SelectionKey.OP_READ, subscriber);
        }
        thread.start();
    }

    /** Reads the state of all leases, and returns the id of the event that ends it. */
    private static long syncedAt(URI daemon, String head) throws IOException {
        try (Socket socket = new Socket(daemon.getHost(), daemon.getPort())) {
            socket.getOutputStream().write((head + "\r\n").getBytes(US_ASCII));
            BufferedReader lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
            boolean synced = false;
            long id = -1;
            for (String line = lines.readLine(); line != null && !(synced && id >= 0); line = lines.readLine()) {
                if (line.isEmpty()) {
                    id = synced ? id : -1;
                }
                synced |= line.startsWith(SYNC);
                id = line.startsWith(ID)
                        ? Long.parseLong(line.substring(ID.length()).strip())
                        : id;
            }
            return id;
        }
    }

    /** Number of subscribers that are in sync. */
    int inSync() {
        return inSync.get();
    }

    private void read() {
        try {
            while (!ended) {
                selector.select(key -> {
                    Instant now = Instant.now();
                    try {
                        buffer.clear();
                        if (((SocketChannel) key.channel()).read(buffer) < 0) {
                            key.cancel();
                        }
                    } catch (IOException e) {
                        key.cancel();
                    }
                    buffer.flip();
                    while (buffer.hasRemaining()) {
                        ((Subscriber) key.attachment()).take(buffer.get(), now);
                    }
                });
            }
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Ends all subscribers.
     *
     * @return in order: the time from each change to the last of its subscribers
     * @throws IllegalStateException when a subscriber has missed one
     */
    List<Duration> end() throws InterruptedException {
        close();
        thread.join();
        List<Duration> delays = new ArrayList<>();
        changes.forEach((seq, at) -> {
            Arrivals arrived = arrivals.get(seq);
            if (arrived.count != subscribers.size()) {
                throw new IllegalStateException(arrived.count + " subscribers got an event");
            }
            delays.add(Duration.between(at, arrived.last));
        });
        delays.sort(null);
        return delays;
    }

    @Override
    public void close() {
        ended = true;
        selector.wakeup();
    }
}
