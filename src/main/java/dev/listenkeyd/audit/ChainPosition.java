package dev.listenkeyd.audit;

/** A place in the chain: a row's number and hash. What comes after it depends on nothing else. */
public record ChainPosition(long seq, String hash) {
    /** Before the first row. */
    public static final ChainPosition START = new ChainPosition(0, "");
}
