package dev.listenkeyd.approval;

import org.jspecify.annotations.Nullable;

/** How the waiting of a call ended. */
public sealed interface Verdict {

    /** {@code by}: the client that decided. */
    record Approved(String by) implements Verdict {}

    /** {@code reason}: for the agent, null when the person gave none. */
    record Rejected(String by, @Nullable String reason) implements Verdict {}

    /** Nobody decided in time. */
    record TimedOut() implements Verdict {}

    /** The agent has hung up or taken back its call. */
    record Withdrawn() implements Verdict {}

    /** Nobody was asked: too many calls wait already. */
    record TooMany() implements Verdict {}
}
