package dev.listenkeyd.binance.stream;

import dev.listenkeyd.binance.stream.WatchedStream.Connection;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.lease.StreamStatus;
import dev.listenkeyd.lease.WatchedStreams;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Listens to the streams of accounts for {@code listenKeyExpired} with the key in force, and then asks the exchange which key is
 * active. It finds out by {@link #tick} which key is in force. Nothing blocks. Thread-safe.
 */
public final class StreamWatch implements WatchedStreams {
    private static final Logger LOG = Logger.getLogger("listenkeyd");

    /**
     * The accounts to watch.
     *
     * @param all whether every account is watched that is not {@code exempt}
     * @param named accounts that are watched in any case, and find a place before others
     * @param exempt accounts that are not watched
     * @param max most accounts
     */
    public record Scope(boolean all, Set<String> named, Set<String> exempt, int max) {
        /** Whether no account is watched. */
        public boolean isEmpty() {
            return !all && named.isEmpty();
        }
    }

    /** The leases, and the question that may change one. */
    public interface Leases {
        Collection<Lease> all();

        @Nullable
        Lease find(String account);

        /**
         * Asks the exchange which key is active, and changes the lease by its reply. It neither blocks nor throws.
         *
         * @return whether the exchange has answered
         */
        CompletionStage<Boolean> ask(Lease lease);
    }

    /**
     * Clocks and chance.
     *
     * @param nanoTime monotonic time
     * @param dice random numbers in [0, 1)
     */
    public record Time(InstantSource clock, LongSupplier nanoTime, DoubleSupplier dice) {}

    private final Scope scope;
    private final Leases leases;
    private final StreamConnector connector;
    private final Duration retryMin;
    private final Time time;
    private final Gaps gaps = new Gaps();
    private final Map<String, WatchedStream> streams = new TreeMap<>();
    private boolean closed;

    /** @param retryMin the shortest time between two questions for one account */
    StreamWatch(Scope scope, Leases leases, StreamConnector connector, Duration retryMin, Time time) {
        this.scope = scope;
        this.leases = leases;
        this.connector = connector;
        this.retryMin = retryMin;
        this.time = time;
    }

    public static StreamWatch create(Scope scope, Leases leases, StreamClient client, Duration retryMin, Time time) {
        return new StreamWatch(scope, leases, client, retryMin, time);
    }

    /** Follows the leases and begins one connection at most. Call it several times a second, from one thread. */
    public void tick() {
        List<Lease> questions = new ArrayList<>();
        synchronized (this) {
            if (closed) {
                return;
            }
            long now = time.nanoTime().getAsLong();
            enrol(now);
            WatchedStream next = null;
            for (Iterator<WatchedStream> all = streams.values().iterator(); all.hasNext(); ) {
                WatchedStream stream = all.next();
                Lease lease = leases.find(stream.account());
                if (lease == null) {
                    stream.close();
                    all.remove();
                    continue;
                }
                stream.follow(keyOf(lease), now, at());
                report(stream, now);
                if (stream.beginsQuestion(now)) {
                    questions.add(lease);
                }
                if (stream.wantsConnection(now) && (next == null || stream.waitsLongerThan(next))) {
                    next = stream;
                }
            }
            if (next != null && gaps.tryConnect(now)) {
                connect(next);
            }
        }
        questions.forEach(this::ask);
    }

    /** Adds accounts as long as there is room; an account stays until its lease ends. */
    private void enrol(long now) {
        for (String account : scope.named()) {
            if (leases.find(account) != null) {
                add(account, now);
            }
        }
        int places = scope.max() - missing();
        if (!scope.all() || streams.size() >= places) {
            return;
        }
        for (Lease lease : leases.all()) {
            if (!scope.exempt().contains(lease.account())) {
                add(lease.account(), now);
                if (streams.size() >= places) {
                    return;
                }
            }
        }
    }

    /** Places that named accounts without a lease may still want. */
    private int missing() {
        return (int) scope.named().stream()
                .filter(account -> !streams.containsKey(account))
                .count();
    }

    private void add(String account, long now) {
        streams.computeIfAbsent(account, name -> new WatchedStream(name, retryMin, time.dice(), now, at()));
    }

    /** The key to listen with. While an account is paused there is none: its connection is closed, and no question is asked. */
    private static @Nullable Secret keyOf(@Nullable Lease lease) {
        ListenKey key = lease != null && lease.pause() == null && lease.isLive() ? lease.key() : null;
        return key == null ? null : key.value();
    }

    private static void report(WatchedStream stream, long now) {
        String why = stream.newOutage(now);
        if (why != null) {
            LOG.warnf(
                    "%s: the stream watch has had no connection for %s s (%s); renewals and checks go on",
                    stream.account(), WatchedStream.REPORTED_AFTER.toSeconds(), why);
        }
        Duration outage = stream.endedOutage(now);
        if (outage != null) {
            LOG.infof("%s: the stream watch is connected again after %s s", stream.account(), outage.toSeconds());
        }
    }

    private void connect(WatchedStream stream) {
        Connection connection = stream.connects();
        connection.takes(connector.connect(stream.keyOf(connection), new Listening(stream, connection)));
    }

    /** Receives the events of a connection, on the thread of its socket. */
    private final class Listening implements StreamConnector.Listener {
        private final WatchedStream stream;
        private final Connection connection;

        private Listening(WatchedStream stream, Connection connection) {
            this.stream = stream;
            this.connection = connection;
        }

        @Override
        public void opened() {
            synchronized (StreamWatch.this) {
                stream.opened(connection, time.nanoTime().getAsLong(), at());
            }
        }

        @Override
        public void message(String text) {
            String expired = StreamMessage.expiredKey(text);
            Lease lease;
            synchronized (StreamWatch.this) {
                lease = expired == null ? null : leases.find(stream.account());
                if (lease != null) {
                    stream.follow(keyOf(lease), time.nanoTime().getAsLong(), at());
                }
                stream.message(expired, at());
                if (closed
                        || lease == null
                        || !stream.beginsQuestion(time.nanoTime().getAsLong())) {
                    return;
                }
            }
            ask(lease);
        }

        @Override
        public void ended(String why) {
            synchronized (StreamWatch.this) {
                stream.ended(connection, why, time.nanoTime().getAsLong(), at());
            }
        }
    }

    private void ask(Lease lease) {
        LOG.infof("%s: the stream says that the key has expired; asking the exchange", lease.account());
        leases.ask(lease).whenComplete((answered, defect) -> {
            synchronized (this) {
                WatchedStream stream = streams.get(lease.account());
                if (stream != null) {
                    Secret key = keyOf(leases.find(lease.account()));
                    stream.answered(
                            key, defect == null && answered, time.nanoTime().getAsLong(), at());
                }
            }
        });
    }

    private Instant at() {
        return time.clock().instant();
    }

    @Override
    public synchronized @Nullable StreamStatus of(String account) {
        WatchedStream stream = streams.get(account);
        return stream == null ? null : stream.status();
    }

    /** Closes all connections and opens no more. */
    public synchronized void close() {
        closed = true;
        streams.values().forEach(WatchedStream::close);
        streams.clear();
    }
}
