package dev.listenkeyd.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
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

/** Subscribers of all renewals, on one thread. They read their streams only for the numbers and the times of events. */
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
        byte[] call = ("GET /v1/events?type=renewed HTTP/1.1\r\nHost: 127.0.0.1:" + daemon.getPort() + "\r\n\r\n")
                .getBytes(US_ASCII);
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

    /** Number of subscribers that have got all leases. */
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
