package dev.listenkeyd.audit;

/**
 * Both ends of the chain, as they are stored apart from its rows.
 *
 * @param base the row before the oldest one that is kept
 * @param head the newest row, as noted when it was written
 * @param newest the newest row that is there; {@code base} when there is none
 */
public record Chain(ChainPosition base, ChainPosition head, ChainPosition newest) {

    /** After which the next row goes: no number is given twice, whatever was removed. */
    ChainPosition end() {
        return newest.seq() < head.seq() ? head : newest;
    }
}
