package dev.listenkeyd.connection;

import dev.listenkeyd.connection.Connection.Source;
import dev.listenkeyd.connection.ConnectionMeters.Reason;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * All open connections, and the rule for closing one to admit a new one. A connection with a valid token is protected: it is
 * never closed for another. Protected connections take at most seven eighths of all places, so a new connection always finds
 * one: a probe has no token, and a new client has not sent its token yet. Thread-safe.
 */
public final class Connections {
    /** How long a call's head may take, and how long a connection without a valid token may be quiet. */
    static final Duration PATIENCE = Duration.ofSeconds(12);

    /** One eighth of the places can't be protected. */
    private static final int UNPROTECTED_PART = 8;

    /** One source has at most half of the places without a valid token. */
    private static final int SOURCE_PART = 2;

    /**
     * First the sources with the most connections without a token; this machine comes last. Among equals, {@link
     * #firstToClose} takes the connection whose last answer is the oldest, even during a call, since a wrong token can delay
     * an answer.
     */
    private static final Comparator<Connection> FIRST_TO_CLOSE = Comparator.comparing(
                    (Connection connection) -> connection.source().isThisMachine())
            .thenComparing(connection -> -connection.source().unprotected());

    private final int most;
    private final LongSupplier nanoTime;
    private final ConnectionMeters meters;
    private final Set<Connection> open = new LinkedHashSet<>();
    private final Map<String, Source> sources = new HashMap<>();
    private int protectedCount;

    /**
     * @param most open at the same time
     * @param nanoTime monotonic time
     */
    public Connections(int most, LongSupplier nanoTime, ConnectionMeters meters) {
        this.most = most;
        this.nanoTime = nanoTime;
        this.meters = meters;
        meters.show(this::count);
    }

    /**
     * Takes a new connection, and may close another one for it.
     *
     * @param closing closes the new one; any thread may call it
     */
    Connection admit(InetAddress address, Runnable closing) {
        Connection connection;
        Connection victim;
        Reason reason;
        synchronized (this) {
            Source source = source(address);
            reason = source.unprotected() >= most / SOURCE_PART ? Reason.SOURCE : Reason.FULL;
            victim = reason == Reason.SOURCE
                    ? firstToClose(other -> other.source() == source)
                    : open.size() >= most ? firstToClose(other -> true) : null;
            if (victim != null) {
                remove(victim);
            }
            sources.put(source.name(), source);
            connection = new Connection(source, nanoTime.getAsLong(), closing);
            open.add(connection);
        }
        if (victim != null) {
            meters.closed(victim.source().name(), reason);
            victim.close();
        }
        return connection;
    }

    /** Forgets a connection that is closed. */
    synchronized void closed(Connection connection) {
        remove(connection);
    }

    /** Protects a connection that brought a valid token, while there is room. */
    synchronized void authenticated(Connection connection) {
        if (!connection.isProtected() && protectedCount < most - most / UNPROTECTED_PART && open.contains(connection)) {
            connection.protect();
            protectedCount++;
        }
    }

    void bytesCame(Connection connection) {
        connection.bytesCame(nanoTime.getAsLong());
    }

    void callEnded(Connection connection) {
        connection.callEnded(nanoTime.getAsLong());
    }

    /** Closes overdue connections. To be called about once a second. */
    void closeOverdue() {
        List<Connection> overdue;
        synchronized (this) {
            long now = nanoTime.getAsLong();
            overdue = open.stream()
                    .filter(connection -> connection.isOverdue(now, PATIENCE.toNanos()))
                    .toList();
            overdue.forEach(this::remove);
        }
        for (Connection connection : overdue) {
            meters.closed(connection.source().name(), Reason.DEADLINE);
            connection.close();
        }
    }

    synchronized int count() {
        return open.size();
    }

    private Source source(InetAddress address) {
        boolean thisMachine = address.isLoopbackAddress();
        // Every local program can use every loopback address, so they are one source.
        String name = thisMachine ? "this machine" : SourceAddress.of(address.getHostAddress());
        Source known = sources.get(name);
        return known == null ? new Source(name, thisMachine) : known;
    }

    private @Nullable Connection firstToClose(Predicate<Connection> among) {
        long now = nanoTime.getAsLong();
        // Monotonic times have no order, only their differences do.
        return open.stream()
                .filter(connection -> !connection.isProtected())
                .filter(among)
                .min(FIRST_TO_CLOSE.thenComparing(connection -> connection.quietSince() - now))
                .orElse(null);
    }

    private void remove(Connection connection) {
        if (open.remove(connection)) {
            connection.leave();
            protectedCount -= connection.isProtected() ? 1 : 0;
            if (connection.source().isGone()) {
                sources.remove(connection.source().name());
            }
        }
    }
}
