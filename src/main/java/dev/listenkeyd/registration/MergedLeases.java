package dev.listenkeyd.registration;

import dev.listenkeyd.lease.Lease;
import java.util.Collection;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Two sequences of leases, both in the order of their accounts, as one; a lease that is in both comes once, from the first. */
final class MergedLeases implements Iterator<Lease> {
    private final Iterator<Lease> first;
    private final Iterator<Lease> second;
    private @Nullable Lease ofFirst;
    private @Nullable Lease ofSecond;

    private MergedLeases(Iterator<Lease> first, Iterator<Lease> second) {
        this.first = first;
        this.second = second;
        this.ofFirst = next(first);
        this.ofSecond = next(second);
    }

    static Stream<Lease> of(Collection<Lease> first, Collection<Lease> second) {
        if (second.isEmpty()) {
            return first.stream();
        }
        Iterator<Lease> merged = new MergedLeases(first.iterator(), second.iterator());
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(merged, Spliterator.ORDERED), false);
    }

    private static @Nullable Lease next(Iterator<Lease> leases) {
        return leases.hasNext() ? leases.next() : null;
    }

    @Override
    public boolean hasNext() {
        return ofFirst != null || ofSecond != null;
    }

    @Override
    public Lease next() {
        Lease one = ofFirst;
        Lease other = ofSecond;
        int order = one == null ? 1 : other == null ? -1 : one.account().compareTo(other.account());
        Lease next = order <= 0 ? one : other;
        if (next == null) {
            throw new NoSuchElementException();
        }
        ofFirst = order <= 0 ? next(first) : one;
        ofSecond = order >= 0 ? next(second) : other;
        return next;
    }
}
