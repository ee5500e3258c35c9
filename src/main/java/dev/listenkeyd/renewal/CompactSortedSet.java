package dev.listenkeyd.renewal;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A sorted set as a list of short sorted lists: 4 to 8 bytes of memory for an element, where a tree takes 40, and as quick at
 * 100,000 of them. Elements must not change their order. Not thread-safe.
 */
final class CompactSortedSet<E> implements Iterable<E> {
    /** Most elements of a list: what an insertion moves at most. */
    static final int MAX_CHUNK = 512;

    private static final int HALF = MAX_CHUNK / 2;

    private final Comparator<? super E> order;
    /** None of them is empty, and all elements of one come before those of the next. */
    private final List<List<E>> chunks = new ArrayList<>();

    private int size;

    CompactSortedSet(Comparator<? super E> order) {
        this.order = order;
    }

    int size() {
        return size;
    }

    /** Number of the lists that it consists of. */
    int chunks() {
        return chunks.size();
    }

    boolean isEmpty() {
        return chunks.isEmpty();
    }

    /** In order. The set must not change meanwhile. */
    @Override
    public Iterator<E> iterator() {
        Iterator<List<E>> further = chunks.iterator();
        return new Iterator<>() {
            private Iterator<E> chunk = Collections.emptyIterator();

            @Override
            public boolean hasNext() {
                return chunk.hasNext() || further.hasNext();
            }

            @Override
            public E next() {
                chunk = chunk.hasNext() ? chunk : further.next().iterator();
                return chunk.next();
            }
        };
    }

    /** The element that {@code position} finds: negative for those before it, 0 for itself; null when there is none. */
    @Nullable
    E find(ToIntFunction<? super E> position) {
        List<E> chunk = chunks.isEmpty() ? List.of() : chunks.get(chunkOf(position));
        int index = search(chunk, position);
        return index < 0 ? null : chunk.get(index);
    }

    /** Adds the element, unless the set has one that is equal to it in the order of the set. */
    boolean add(E element) {
        if (chunks.isEmpty()) {
            chunks.add(new ArrayList<>(List.of(element)));
            size = 1;
            return true;
        }
        ToIntFunction<E> position = other -> order.compare(other, element);
        int number = chunkOf(position);
        List<E> chunk = chunks.get(number);
        int index = search(chunk, position);
        if (index >= 0) {
            return false;
        }
        chunk.add(-index - 1, element);
        size++;
        if (chunk.size() > MAX_CHUNK) {
            // Copies, since a list keeps the memory of its largest size.
            chunks.set(number, new ArrayList<>(chunk.subList(0, HALF)));
            chunks.add(number + 1, new ArrayList<>(chunk.subList(HALF, chunk.size())));
        }
        return true;
    }

    /** Removes the element that is equal to this one in the order of the set. */
    boolean remove(E element) {
        ToIntFunction<E> position = other -> order.compare(other, element);
        int number = chunks.isEmpty() ? 0 : chunkOf(position);
        int index = chunks.isEmpty() ? -1 : search(chunks.get(number), position);
        if (index < 0) {
            return false;
        }
        removeAt(number, index);
        return true;
    }

    /** @throws IndexOutOfBoundsException when the set is empty */
    E first() {
        return chunks.get(0).get(0);
    }

    /** @throws IndexOutOfBoundsException when the set is empty */
    E pollFirst() {
        E first = first();
        removeAt(0, 0);
        return first;
    }

    private void removeAt(int number, int index) {
        List<E> chunk = chunks.get(number);
        chunk.remove(index);
        size--;
        if (chunk.isEmpty()) {
            chunks.remove(number);
        } else {
            joinWithNext(number);
            joinWithNext(number - 1);
        }
    }

    private void joinWithNext(int number) {
        if (number < 0 || number + 1 >= chunks.size()) {
            return;
        }
        List<E> chunk = chunks.get(number);
        List<E> next = chunks.get(number + 1);
        if (chunk.size() + next.size() <= HALF) {
            List<E> both = new ArrayList<>(chunk);
            both.addAll(next);
            chunks.set(number, both);
            chunks.remove(number + 1);
        }
    }

    /** Number of the list that has, or would have, the element. */
    private int chunkOf(ToIntFunction<? super E> position) {
        int index = search(chunks, chunk -> position.applyAsInt(chunk.get(0)));
        return index >= 0 ? index : Math.max(0, -index - 2);
    }

    /** The index of the element; when there is none, -1 - the index that it would have. */
    private static <T> int search(List<T> sorted, ToIntFunction<? super T> position) {
        int low = 0;
        int high = sorted.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            int side = position.applyAsInt(sorted.get(middle));
            if (side == 0) {
                return middle;
            }
            low = side < 0 ? middle + 1 : low;
            high = side < 0 ? high : middle;
        }
        return -1 - low;
    }
}
