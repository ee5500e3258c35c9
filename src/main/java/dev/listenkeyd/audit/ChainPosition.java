package dev.listenkeyd.audit;

/** A position in the chain: number and hash of a row. The rows after it depend on nothing else. */
public record ChainPosition(long seq, String hash) {
    /** Before the first row. */
    public static final ChainPosition START = new ChainPosition(0, "");
}
