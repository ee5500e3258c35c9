package dev.listenkeyd.audit;

/**
 * Both ends of the chain, which are stored apart from its rows.
 *
 * @param base the row before the oldest one that is kept
 * @param head the newest row, as noted when it was written
 * @param newest the newest row in the table; {@code base} when there is none
 */
public record Chain(ChainPosition base, ChainPosition head, ChainPosition newest) {

    /** The position before the next row. No number is used twice, even after rows were removed. */
    ChainPosition end() {
        return newest.seq() < head.seq() ? head : newest;
    }
}
