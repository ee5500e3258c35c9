package dev.listenkeyd.audit;

import java.util.List;
import java.util.OptionalLong;

/**
 * Follows the chain row by row. Finds what was changed, removed, added or moved by somebody who did not compute all hashes
 * after it anew, and a tail that was cut off.
 */
final class ChainCheck {
    /** Rows looked at in one go: what is held in memory, and how long the store is kept from others. */
    static final int ROWS_AT_ONCE = 1000;

    private ChainPosition at;

    private ChainCheck(ChainPosition at) {
        this.at = at;
    }

    /**
     * Checks all that is stored.
     *
     * @return number of the first row that does not fit, or is missing
     * @throws AuditStore.Unavailable when it can't be read
     */
    static OptionalLong all(AuditStore store) {
        AuditStore.Page page = store.page(0, ROWS_AT_ONCE);
        ChainCheck check = new ChainCheck(page.chain().base());
        if (check.at.seq() == 0 && !check.at.equals(ChainPosition.START)) {
            return OptionalLong.of(1);
        }
        while (!page.rows().isEmpty()) {
            OptionalLong broken = check.follow(page.rows());
            if (broken.isPresent()) {
                return broken;
            }
            page = store.page(check.at.seq(), ROWS_AT_ONCE);
        }
        return check.end(page.chain());
    }

    /**
     * Checks one page, as far as it reaches.
     *
     * @param complete whether the chain ends with it
     */
    static OptionalLong page(AuditStore.Page page, boolean complete) {
        ChainCheck check = new ChainCheck(page.before());
        OptionalLong broken = check.follow(page.rows());
        return broken.isPresent() || !complete ? broken : check.end(page.chain());
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
