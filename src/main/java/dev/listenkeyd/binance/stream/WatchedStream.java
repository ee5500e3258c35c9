package dev.listenkeyd.binance.stream;

import dev.listenkeyd.binance.stream.StreamConnector.Link;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.lease.StreamStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The stream of one account: which connections it has, when it needs another one, and when the exchange must be asked. Times are
 * monotonic nanoseconds; an {@link Instant} is for people. Not thread-safe.
 */
final class WatchedStream {
    /** The exchange ends a connection after 24 h. Renewals are spread over the last half hour of this. */
    static final Duration LONGEST_LIFE = Duration.ofMinutes(23 * 60 + 30);

    private static final Duration SPREAD = Duration.ofMinutes(30);

    /** A connection that lived this long has worked: the next one is tried soon after its end. */
    private static final Duration STABLE = Duration.ofMinutes(1);

    /** An account without a connection for longer than this is reported. */
    static final Duration REPORTED_AFTER = Duration.ofMinutes(1);

    /** One connection, from its first byte to its end. */
    static final class Connection {
        private final Secret key;
        private @Nullable Link link;
        private long openedAt;
        private long renewAt;
        private boolean useless;

        private Connection(Secret key) {
            this.key = key;
        }

        /** Takes the means to close it, which come after it has begun. */
        void takes(Link itsLink) {
            link = itsLink;
        }

        private void close() {
            if (link != null) {
                link.close();
            }
        }
    }

    private final String account;
    private final Duration retryMin;
    private final DoubleSupplier dice;
    private @Nullable Secret inForce;
    private @Nullable Connection open;
    private @Nullable Connection opening;
    private int failures;
    private String why = "";
    private long connectAt;
    private long downSince;
    private boolean reported;
    private StreamStatus status;

    private boolean suspected;
    private boolean asking;
    private boolean asked;
    private long askedAt;
    private int inVain;

    /**
     * @param retryMin the shortest time between two questions
     * @param dice random numbers in [0, 1)
     */
    WatchedStream(String account, Duration retryMin, DoubleSupplier dice, long now, Instant at) {
        this.account = account;
        this.retryMin = retryMin;
        this.dice = dice;
        this.connectAt = now;
        this.downSince = now;
        this.status = new StreamStatus(false, at, null);
    }

    String account() {
        return account;
    }

    StreamStatus status() {
        return status;
    }

    /** Learns which key is in force; null when none lives. A connection of another key stays until the next one is open. */
    void follow(@Nullable Secret key, long now, Instant at) {
        if (Objects.equals(key, inForce)) {
            return;
        }
        inForce = key;
        suspected = false;
        inVain = 0;
        failures = 0;
        if (connectAt - now > 0) {
            connectAt = now;
        }
        if (opening != null) {
            opening.close();
            opening = null;
        }
        if (key == null) {
            close();
        }
        show(now, at);
    }

    /** Whether a connection should begin. */
    boolean wantsConnection(long now) {
        return inForce != null
                && opening == null
                && now - connectAt >= 0
                && (open == null || !open.key.equals(inForce) || open.useless || now - open.renewAt >= 0);
    }

    /** Whether its connection was due before that of the other stream. */
    boolean waitsLongerThan(WatchedStream other) {
        return connectAt - other.connectAt < 0;
    }

    /** Begins a connection with the key in force. Call it when {@link #wantsConnection}. */
    Connection connects() {
        opening = new Connection(Objects.requireNonNull(inForce));
        return opening;
    }

    Secret keyOf(Connection connection) {
        return connection.key;
    }

    /** The connection is open and takes the place of the one before. */
    void opened(Connection connection, long now, Instant at) {
        if (connection != opening) {
            connection.close();
            return;
        }
        Connection before = open;
        open = connection;
        opening = null;
        connection.openedAt = now;
        connection.renewAt = now + LONGEST_LIFE.toNanos() - (long) (SPREAD.toNanos() * dice.getAsDouble());
        if (before != null) {
            before.close();
        }
        show(now, at);
    }

    /** The connection has ended, or did not open. */
    void ended(Connection connection, String reason, long now, Instant at) {
        if (connection == open) {
            open = null;
            if (now - connection.openedAt >= STABLE.toNanos()) {
                failures = 0;
            }
        } else if (connection == opening) {
            opening = null;
        } else {
            return;
        }
        why = reason;
        failures++;
        connectAt = now + Gaps.reconnect(failures, dice.getAsDouble()).toNanos();
        show(now, at);
    }

    /** A message came: {@code expiredKey} is the key that it says has expired, or null. */
    void message(@Nullable String expiredKey, Instant at) {
        status = new StreamStatus(status.connected(), status.since(), at);
        if (expiredKey != null && inForce != null && expiredKey.equals(inForce.reveal())) {
            suspected = true;
        }
    }

    /** Whether the exchange must be asked now which key is active; the question then counts as begun. */
    boolean beginsQuestion(long now) {
        boolean due = suspected
                && !asking
                && (!asked || now - askedAt >= Gaps.question(retryMin, inVain).toNanos());
        if (due) {
            asking = true;
            asked = true;
            askedAt = now;
            inVain++;
        }
        return due;
    }

    /**
     * The question is over.
     *
     * @param key in force now
     * @param answered whether the exchange has named the active key
     */
    void answered(@Nullable Secret key, boolean answered, long now, Instant at) {
        asking = false;
        follow(key, now, at);
        if (suspected && answered) {
            // A false alarm. After it this connection gets nothing more, as far as the exchange documents it.
            suspected = false;
            if (open != null) {
                open.useless = true;
                connectAt = now + Gaps.reconnect(inVain, dice.getAsDouble()).toNanos();
            }
        }
    }

    /** Why there has been no connection for a while, once; null otherwise. */
    @Nullable
    String newOutage(long now) {
        boolean lasts = !reported
                && inForce != null
                && failures > 0
                && !status.connected()
                && now - downSince >= REPORTED_AFTER.toNanos();
        reported |= lasts;
        return lasts ? why : null;
    }

    /** How long a reported outage took that is over now, once; null otherwise. */
    @Nullable
    Duration endedOutage(long now) {
        if (!reported || !status.connected()) {
            return null;
        }
        reported = false;
        return Duration.ofNanos(now - downSince);
    }

    /** Closes all connections. */
    void close() {
        for (Connection connection : new Connection[] {open, opening}) {
            if (connection != null) {
                connection.close();
            }
        }
        open = null;
        opening = null;
    }

    private void show(long now, Instant at) {
        boolean connected = open != null && open.key.equals(inForce);
        if (connected != status.connected()) {
            status = new StreamStatus(connected, at, status.lastEventAt());
            if (!connected) {
                downSince = now;
            }
        }
    }
}
