package dev.listenkeyd.renewal;

import dev.listenkeyd.renewal.Failure.Reason;
import java.time.Instant;

/** No call may leave this IP until then. */
public record Pause(Instant until, Reason reason) {}
