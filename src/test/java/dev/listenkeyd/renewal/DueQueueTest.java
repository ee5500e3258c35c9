package dev.listenkeyd.renewal;

import static dev.listenkeyd.renewal.Given.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.renewal.DueQueue.Entry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class DueQueueTest {
    private final DueQueue queue = new DueQueue();

    @Test
    void nothingIsDueOneMillisecondBefore() {
        queue.put(entry("a", 10, 100));

        assertThat(queue.firstDue(at(9.999))).isNull();
        assertThat(queue.firstDue(at(10))).isEqualTo(entry("a", 10, 100));
    }

    @Test
    void lookingTakesNothingOut() {
        queue.put(entry("a", 10, 100));

        queue.firstDue(at(10));

        assertThat(queue.firstDue(at(10))).isNotNull();
        assertThat(queue.size()).isEqualTo(1);
    }

    @Test
    void whatIsDueGoesInOrderOfDeadlineNotOfDueness() {
        queue.put(entry("first-due", 1, 300));
        queue.put(entry("dies-first", 3, 100));
        queue.put(entry("dies-second", 2, 200));
        queue.put(entry("not-yet", 11, 50));

        assertThat(drained(at(10))).containsExactly("dies-first", "dies-second", "first-due");
    }

    @Test
    void equalDeadlinesGoByAccount() {
        queue.put(entry("b", 1, 100));
        queue.put(entry("a", 2, 100));

        assertThat(drained(at(10))).containsExactly("a", "b");
    }

    @Test
    void puttingAgainMovesBackWhatWasAlreadyDue() {
        queue.put(entry("a", 1, 100));
        queue.firstDue(at(5));

        queue.put(entry("a", 20, 200));

        assertThat(queue.firstDue(at(19.999))).isNull();
        assertThat(queue.takeExpired(at(150))).isNull();
        assertThat(queue.size()).isEqualTo(1);
    }

    @Test
    void whatIsRemovedIsGoneEverywhere() {
        queue.put(entry("a", 1, 100));
        queue.firstDue(at(5));

        Entry removed = queue.remove("a");

        assertThat(removed).isEqualTo(entry("a", 1, 100));
        assertThat(queue.firstDue(at(1000))).isNull();
        assertThat(queue.takeExpired(at(1000))).isNull();
        assertThat(queue.remove("a")).isNull();
    }

    @Test
    void expiresExactlyAtTheDeadlineDueOrNot() {
        queue.put(entry("due", 1, 100));
        queue.put(entry("not-due", 500, 101));

        assertThat(queue.takeExpired(at(99.999))).isNull();
        assertThat(queue.takeExpired(at(101))).extracting(Entry::account).isEqualTo("due");
        assertThat(queue.takeExpired(at(101))).extracting(Entry::account).isEqualTo("not-due");
        assertThat(queue.takeExpired(at(101))).isNull();
        assertThat(queue.size()).isZero();
    }

    @Test
    void whatHasNoDeadlineNeverExpires() {
        queue.put(new Entry("a", at(1), at(50), null));

        assertThat(queue.takeExpired(at(1e9))).isNull();
        assertThat(queue.firstDue(at(1))).isNotNull();
    }

    /** Against the plainest possible queue: a map that is searched. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void behavesLikeASearchedMap(long seed) {
        Random dice = new Random(seed);
        Map<String, Entry> model = new TreeMap<>();
        for (int step = 0; step < 5000; step++) {
            String account = "a" + dice.nextInt(30);
            Instant now = at(step);
            if (dice.nextInt(3) == 0) {
                assertThat(queue.remove(account)).isEqualTo(model.remove(account));
            } else {
                Entry entry = entry(account, step + dice.nextInt(50) - 10, step + dice.nextInt(200));
                queue.put(entry);
                model.put(account, entry);
            }
            assertThat(queue.firstDue(now)).as("seed %d, step %d", seed, step).isEqualTo(mostUrgent(model, now));
            assertThat(queue.size()).isEqualTo(model.size());
        }
    }

    private static Entry mostUrgent(Map<String, Entry> model, Instant now) {
        return model.values().stream()
                .filter(entry -> !entry.due().isAfter(now))
                .min(Comparator.comparing(Entry::urgency).thenComparing(Entry::account))
                .orElse(null);
    }

    private List<String> drained(Instant now) {
        List<String> order = new ArrayList<>();
        for (Entry first = queue.firstDue(now); first != null; first = queue.firstDue(now)) {
            order.add(first.account());
            queue.remove(first.account());
        }
        return order;
    }

    private static Entry entry(String account, double due, double deadline) {
        return new Entry(account, at(due), at(deadline), at(deadline));
    }
}
