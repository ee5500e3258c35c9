package dev.listenkeyd.renewal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class CompactSortedSetTest {
    private static final int STEPS = 40_000;
    private static final int VALUES = 8 * CompactSortedSet.MAX_CHUNK;

    private final CompactSortedSet<Integer> set = new CompactSortedSet<>(Comparator.naturalOrder());

    /** It fills, so that lists are divided, and empties, so that they are joined, at random places and from the front. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void doesWhatATreeDoes(long seed) {
        Random random = new Random(seed);
        TreeSet<Integer> tree = new TreeSet<>();
        for (int step = 0; step < STEPS; step++) {
            boolean fills = step / (STEPS / 4) % 2 == 0;
            int value = random.nextInt(VALUES);
            if (random.nextInt(4) > 0 == fills) {
                assertThat(set.add(value)).isEqualTo(tree.add(value));
            } else if (random.nextBoolean() || tree.isEmpty()) {
                assertThat(set.remove(value)).isEqualTo(tree.remove(value));
            } else {
                assertThat(set.pollFirst()).isEqualTo(tree.pollFirst());
            }
            assertThat(set.find(other -> Integer.compare(other, value))).isEqualTo(tree.contains(value) ? value : null);
            assertThat(set.size()).isEqualTo(tree.size());
            assertThat(set.isEmpty()).isEqualTo(tree.isEmpty());
            if (!tree.isEmpty()) {
                assertThat(set.first()).isEqualTo(tree.first());
            }
            if (step % 500 == 0) {
                assertThat(set).containsExactlyElementsOf(tree);
            }
        }
    }

    @Test
    void keepsTheElementThatItHas() {
        CompactSortedSet<List<String>> byFirst =
                new CompactSortedSet<>(Comparator.comparing(element -> element.get(0)));
        byFirst.add(List.of("a", "old"));

        assertThat(byFirst.add(List.of("a", "new"))).isFalse();
        assertThat(byFirst).containsExactly(List.of("a", "old"));
    }

    @Test
    void joinsShortListsSoThatTheyDoNotAddUp() {
        IntStream.range(0, VALUES).forEach(set::add);
        IntStream.range(0, VALUES).filter(value -> value % 64 != 0).forEach(set::remove);

        assertThat(set.chunks()).isEqualTo(1);
        assertThat(set).hasSize(VALUES / 64);
    }
}
