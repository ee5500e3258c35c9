package dev.listenkeyd.renewal;

import dev.listenkeyd.lease.Lease;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A change of a lease, which may be written before it is in force; null stands for no lease, before or after. */
final class PendingChange {
    private final UnaryOperator<@Nullable Lease> change;
    private volatile boolean written;
    /** The row as it was written last. */
    private volatile @Nullable Lease row;

    PendingChange(UnaryOperator<@Nullable Lease> change) {
        this.change = change;
    }

    @Nullable
    Lease apply(@Nullable Lease now) {
        return change.apply(now);
    }

    /** The row to be written, given the lease in memory. */
    @Nullable
    Lease write(@Nullable Lease now) {
        row = change.apply(now);
        written = true;
        return row;
    }

    boolean isWritten(@Nullable Lease after) {
        return written && Objects.equals(after, row);
    }

    /** Whether the row was written, and not deleted. */
    boolean hasWrittenLease() {
        return row != null;
    }
}
