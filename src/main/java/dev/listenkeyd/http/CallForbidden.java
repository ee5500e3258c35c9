package dev.listenkeyd.http;

import dev.listenkeyd.access.AuthFailures.Reason;

/** The client has the scope for the call, but not the right to what the call names. */
final class CallForbidden extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    CallForbidden(Reason reason, String detail) {
        super(detail);
        this.reason = reason;
    }

    /** As the metric has it. */
    Reason reason() {
        return reason;
    }
}
