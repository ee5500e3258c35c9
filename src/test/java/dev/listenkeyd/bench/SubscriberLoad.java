package dev.listenkeyd.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
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
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullUnmarked;

/**
 * Subscribers of all renewals, on one thread. They read their streams only for the numbers of events, and the first one for their
 * times. Either each gets the state of all leases, or all go on from one state, so that the load is that of changes.
 */
@NullUnmarked
final class SubscriberLoad implements AutoCloseable {
    private static final byte[] SYNC = "event:sync".getBytes(US_ASCII);
    private static final byte[] ID = "id:".getBytes(US_ASCII);
    private static final Pattern SEQ_AND_TIME = Pattern.compile("\"seq\":(\\d+),\"at\":\"([^\"]+)\"");
    private static final int BUFFER = 1 << 16;
    private static final int HEAD = 128;

    private final Selector selector = Selector.open();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    private final byte[] received = new byte[BUFFER];
    private final Thread thread = new Thread(this::readAll, "subscribers");
    private final List<Subscriber> subscribers = new ArrayList<>();
    private final Map<Long, Instant> changes = new HashMap<>();
    private final Map<Long, Arrivals> arrivals = new HashMap<>();
    private final AtomicInteger inSync = new AtomicInteger();
    private final LongAdder bytes = new LongAdder();
    private volatile boolean ended;

    /** Arrivals of one event. */
    private static final class Arrivals {
        private int count;
        private Instant last = Instant.MIN;
    }

    private final class Subscriber {
        /** The line's first bytes: all of an id, and the number and the time of a change. */
        private final byte[] head = new byte[HEAD];

        private int length;

        void take(byte[] bytes, int count, Instant now) {
            for (int i = 0; i < count; i++) {
                if (bytes[i] == '\n') {
                    take(now);
                    length = 0;
                } else {
                    if (length < HEAD) {
                        head[length] = bytes[i];
                    }
                    length++;
                }
            }
        }

        private void take(Instant now) {
            if (startsWith(ID)) {
                Arrivals arrived = arrivals.computeIfAbsent(id(), seq -> new Arrivals());
                arrived.count++;
                arrived.last = now;
            } else if (startsWith(SYNC)) {
                inSync.incrementAndGet();
            } else if (subscribers.get(0) == this) {
                Matcher change = SEQ_AND_TIME.matcher(new String(head, 0, Math.min(length, HEAD), US_ASCII));
                if (change.find()) {
                    changes.put(Long.valueOf(change.group(1)), Instant.parse(change.group(2)));
                }
            }
        }

        private boolean startsWith(byte[] word) {
            return length >= word.length && Arrays.equals(head, 0, word.length, word, 0, word.length);
        }

        private long id() {
            return Long.parseLong(new String(head, ID.length, length - ID.length, US_ASCII).strip());
        }
    }

    /** @param state whether each gets the state of all leases; otherwise they go on from the same one */
    SubscriberLoad(URI daemon, int count, boolean state) throws IOException {
        String head = "GET /v1/events?type=renewed HTTP/1.1\r\nHost: 127.0.0.1:" + daemon.getPort() + "\r\n";
        boolean resumed = !state && count > 0;
        String from = resumed ? "Last-Event-ID: " + syncedAt(daemon, head) + "\r\n" : "";
        byte[] call = (head + from + "\r\n").getBytes(US_ASCII);
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
                synced |= line.startsWith("event:sync");
                id = line.startsWith("id:")
                        ? Long.parseLong(line.substring("id:".length()).strip())
                        : id;
            }
            return id;
        }
    }

    /** Number of subscribers that are in sync. */
    int inSync() {
        return inSync.get();
    }

    /** Processor time of the thread that reads. */
    Duration cpu() {
        return Duration.ofNanos(ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.getId()));
    }

    /** MiB that were read. */
    long read() {
        return bytes.sum() >> 20;
    }

    private void readAll() {
        try {
            while (!ended) {
                selector.select(key -> {
                    Instant now = Instant.now();
                    try {
                        buffer.clear();
                        int read = ((SocketChannel) key.channel()).read(buffer);
                        bytes.add(read);
                        if (read < 0) {
                            key.cancel();
                        }
                    } catch (IOException e) {
                        key.cancel();
                    }
                    buffer.flip();
                    int count = buffer.remaining();
                    buffer.get(received, 0, count);
                    ((Subscriber) key.attachment()).take(received, count, now);
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
