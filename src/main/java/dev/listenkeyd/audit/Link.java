package dev.listenkeyd.audit;

/** A place in the chain: a row's number and hash. What comes after it depends on nothing else. */
public record Link(long seq, String hash) {
    /** Before the first row. */
    public static final Link START = new Link(0, "");
}
