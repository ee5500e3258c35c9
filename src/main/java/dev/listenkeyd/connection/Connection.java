package dev.listenkeyd.connection;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * An accepted connection. Bytes and beginning calls are told by its event loop, the end of a call by the thread that
 * answers, perhaps when the next one has begun; whether it is protected is guarded by {@link Connections}.
 */
final class Connection {
    private final Source source;
    private final Runnable closing;

    private volatile long quietSince;
    /** Calls under way: their heads are complete, their answers are not. */
    private final AtomicInteger calls = new AtomicInteger();

    private volatile boolean headBegun;
    private volatile long headSince;
    private boolean isProtected;

    /** Where connections come from; known as long as it has any. Guarded by {@link Connections}. */
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

    /** @param closing closes it; may be called on any thread */
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

    /** When it was accepted, or its last call was answered. */
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

    /** Without a valid token it must complete its next call soon; with one only a head that has begun must be completed. */
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

    /** It counts no longer for its source. */
    void leave() {
        source.open--;
        source.unprotected -= isProtected ? 0 : 1;
    }

    void close() {
        closing.run();
    }
}
