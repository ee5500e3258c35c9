package dev.listenkeyd.lease;

import org.jspecify.annotations.Nullable;

/** The streams that the daemon listens to. */
@FunctionalInterface
public interface WatchedStreams {

    /** Null for an account whose stream is not watched. */
    @Nullable
    StreamStatus of(String account);
}
