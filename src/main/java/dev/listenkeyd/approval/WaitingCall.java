package dev.listenkeyd.approval;

import java.time.Instant;

/**
 * A call that waits for a person, at this replica or at another one.
 *
 * @param id unguessable and unique
 * @param until when it times out
 */
public record WaitingCall(String id, ApprovalRequest request, Instant askedAt, Instant until) {}
