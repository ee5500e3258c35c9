package dev.listenkeyd.connection;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * An accepted connection. Its event loop reports bytes and beginning calls. The thread that answers reports the end of a call,
 * perhaps after the next one has begun. {@link Connections} guards whether it is protected.
 */
final class Connection {
    private final Source source;
    private final Runnable closing;

    private volatile long quietSince;
    /** Calls whose head is complete and whose answer is not. */
    private final AtomicInteger calls = new AtomicInteger();

    private volatile boolean headBegun;
    private volatile long headSince;
    private boolean isProtected;

    /** An address or network with open connections. Guarded by {@link Connections}. */
    static final class Source {
        private final String name;
        private final boolean isThisMachine;
        private int open;
        private int unprotected;

        Source(String name, boolean isThisMachine) {
            this.name = name;
            this.isThisMachine = isThisMachine;
        }

        String name() {
            return name;
        }

        boolean isThisMachine() {
            return isThisMachine;
        }

        boolean isGone() {
            return open == 0;
        }

        int unprotected() {
            return unprotected;
        }
    }

    /** @param closing closes the connection; any thread may call it */
    Connection(Source source, long now, Runnable closing) {
        this.source = source;
        this.quietSince = now;
        this.closing = closing;
        source.open++;
        source.unprotected++;
    }

    Source source() {
        return source;
    }

    /** When it was accepted, or its last call answered. */
    long quietSince() {
        return quietSince;
    }

    boolean isProtected() {
        return isProtected;
    }

    void bytesCame(long now) {
        if (calls.get() == 0 && !headBegun) {
            headSince = now;
            headBegun = true;
        }
    }

    void callBegan() {
        calls.incrementAndGet();
        headBegun = false;
    }

    void callEnded(long now) {
        quietSince = now;
        calls.decrementAndGet();
    }

    /** Without a valid token the next call must be complete in time; with one, only a head that has begun. */
    boolean isOverdue(long now, long patienceNanos) {
        if (calls.get() > 0) {
            return false;
        }
        return (!isProtected && now - quietSince >= patienceNanos) || (headBegun && now - headSince >= patienceNanos);
    }

    void protect() {
        isProtected = true;
        source.unprotected--;
    }

    /** Takes it off the counts of its source. */
    void leave() {
        source.open--;
        source.unprotected -= isProtected ? 0 : 1;
    }

    void close() {
        closing.run();
    }
}
