package dev.listenkeyd.lease;

import dev.listenkeyd.lease.Failure.Reason;
import java.time.Instant;

/** An order of the exchange: no call may leave this IP until then. */
public record Pause(Instant until, Reason reason) {}
