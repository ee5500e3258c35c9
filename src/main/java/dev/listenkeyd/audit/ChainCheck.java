package dev.listenkeyd.audit;

import java.util.List;
import java.util.OptionalLong;

/**
 * Follows the chain row by row. Finds rows that were changed, removed, added or moved, unless all later hashes were computed
 * anew, and a tail that was cut off.
 */
final class ChainCheck {
    /** Rows read at once, which bounds the memory and the time that others wait for the store. */
    static final int ROWS_AT_ONCE = 1000;

    private ChainPosition at;

    /**
     * The result of a check.
     *
     * @param chain as it was when the last rows were read
     * @param brokenAt number of the first row that does not fit, or is missing
     */
    record Result(Chain chain, OptionalLong brokenAt) {}

    private ChainCheck(ChainPosition at) {
        this.at = at;
    }

    /** Checks all stored rows. */
    static Result all(AuditStore store) {
        AuditStore.Page page = store.page(0, ROWS_AT_ONCE);
        ChainCheck check = new ChainCheck(page.chain().base());
        if (check.at.seq() == 0 && !check.at.equals(ChainPosition.START)) {
            return new Result(page.chain(), OptionalLong.of(1));
        }
        while (!page.rows().isEmpty()) {
            OptionalLong broken = check.follow(page.rows());
            if (broken.isPresent()) {
                return new Result(page.chain(), broken);
            }
            page = store.page(check.at.seq(), ROWS_AT_ONCE);
            check.skipPruned(page.chain().base());
        }
        return new Result(page.chain(), check.end(page.chain()));
    }

    /**
     * Checks one page.
     *
     * @param complete whether the chain ends with it
     */
    static OptionalLong page(AuditStore.Page page, boolean complete) {
        ChainCheck check = new ChainCheck(page.before());
        OptionalLong broken = check.follow(page.rows());
        return broken.isPresent() || !complete ? broken : check.end(page.chain());
    }

    /** Rows may be pruned during the check. */
    private void skipPruned(ChainPosition base) {
        if (base.seq() > at.seq()) {
            at = base;
        }
    }

    private OptionalLong follow(List<AuditRow> rows) {
        for (AuditRow row : rows) {
            if (!row.follows(at)) {
                return OptionalLong.of(Math.min(at.seq() + 1, row.seq()));
            }
            at = row.link();
        }
        return OptionalLong.empty();
    }

    private OptionalLong end(Chain chain) {
        if (at.equals(chain.head())) {
            return OptionalLong.empty();
        }
        long last = Math.min(at.seq(), chain.head().seq());
        return OptionalLong.of(at.seq() == chain.head().seq() ? last : last + 1);
    }
}
