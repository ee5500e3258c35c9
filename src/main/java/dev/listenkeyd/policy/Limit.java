package dev.listenkeyd.policy;

/**
 * Most calls in a window. Limits with the same counter, window and scope count together, whatever tool they belong to; each
 * compares the common count with its own {@code max}.
 *
 * @param rule its place in the policy, as a JSON pointer
 */
public record Limit(String counter, Window window, int max, Scope scope, String rule) {

    /** The calls that a limit counts together. */
    public enum Scope {
        /** Those of one client, in all of its sessions. */
        GRANT,
        /** Those of one session. */
        SESSION,
        /** Those of all clients whose policy names the counter, at all replicas. */
        SERVER
    }
}
