package dev.listenkeyd.connection;

import dev.listenkeyd.connection.Connection.Source;
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
 * All open connections, and the rule which of them is closed for a new one. A connection that has brought a valid token is
 * protected: it is never closed for another. An eighth of all places is closed to protection, so there always is a place for
 * a new connection: a probe needs no token, and a client has not shown its token yet. Thread-safe.
 */
public final class Connections {
    /** How long a call's head may take, and how long a connection without a valid token may be quiet. */
    static final Duration PATIENCE = Duration.ofSeconds(12);

    /** An eighth of the places can't be protected; a source has at most half of them without a valid token. */
    private static final int UNPROTECTED_PART = 8;

    private static final int SOURCE_PART = 2;

    /**
     * A source that is this machine is the last to lose a connection; else the source with the most without a token. Of equals
     * the one goes whose last answer was the longest ago, whether a call is under way or not: a wrong token can make that long.
     */
    private static final Comparator<Connection> FIRST_TO_CLOSE = Comparator.comparing(
                    (Connection connection) -> connection.source().isThisMachine())
            .thenComparing(connection -> -connection.source().unprotected());

    private final int most;
    private final LongSupplier nanos;
    private final Closings closings;
    private final Set<Connection> open = new LinkedHashSet<>();
    private final Map<String, Source> sources = new HashMap<>();
    private int protectedCount;

    /**
     * @param most open at the same time
     * @param nanos monotonic time
     */
    public Connections(int most, LongSupplier nanos, Closings closings) {
        this.most = most;
        this.nanos = nanos;
        this.closings = closings;
        closings.show(this::count);
    }

    /**
     * Takes a new connection, for which another one may be closed.
     *
     * @param closing closes the new one; may be called on any thread
     */
    Connection admit(InetAddress address, Runnable closing) {
        Connection connection;
        Connection victim;
        Closings.Reason reason;
        synchronized (this) {
            Source source = source(address);
            reason = source.unprotected() >= most / SOURCE_PART ? Closings.Reason.SOURCE : Closings.Reason.FULL;
            victim = reason == Closings.Reason.SOURCE
                    ? firstToClose(other -> other.source() == source)
                    : open.size() >= most ? firstToClose(other -> true) : null;
            if (victim != null) {
                remove(victim);
            }
            sources.put(source.name(), source);
            connection = new Connection(source, nanos.getAsLong(), closing);
            open.add(connection);
        }
        if (victim != null) {
            closings.closed(victim.source().name(), reason);
            victim.close();
        }
        return connection;
    }

    /** It was closed, by whomever. */
    synchronized void closed(Connection connection) {
        remove(connection);
    }

    /** It brought a valid token. */
    synchronized void authenticated(Connection connection) {
        if (!connection.isProtected() && protectedCount < most - most / UNPROTECTED_PART && open.contains(connection)) {
            connection.protect();
            protectedCount++;
        }
    }

    void bytesCame(Connection connection) {
        connection.bytesCame(nanos.getAsLong());
    }

    void callEnded(Connection connection) {
        connection.callEnded(nanos.getAsLong());
    }

    /** Closes connections that took too long. To be called about once a second. */
    void closeOverdue() {
        List<Connection> overdue;
        synchronized (this) {
            long now = nanos.getAsLong();
            overdue = open.stream()
                    .filter(connection -> connection.isOverdue(now, PATIENCE.toNanos()))
                    .toList();
            overdue.forEach(this::remove);
        }
        for (Connection connection : overdue) {
            closings.closed(connection.source().name(), Closings.Reason.DEADLINE);
            connection.close();
        }
    }

    synchronized int count() {
        return open.size();
    }

    private Source source(InetAddress address) {
        boolean thisMachine = address.isLoopbackAddress();
        // All of its loopback addresses are one source: any program of the machine can use each of them.
        String name = thisMachine ? "this machine" : SourceAddress.of(address.getHostAddress());
        Source known = sources.get(name);
        return known == null ? new Source(name, thisMachine) : known;
    }

    private @Nullable Connection firstToClose(Predicate<Connection> among) {
        long now = nanos.getAsLong();
        // Monotonic time is compared by differences only.
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
