package dev.listenkeyd.renewal;

import static dev.listenkeyd.lease.Given.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.EpochNanos;
import dev.listenkeyd.renewal.DueQueue.Entry;
import dev.listenkeyd.renewal.DueQueue.Need;
import dev.listenkeyd.renewal.DueQueue.Pace;
import java.time.Duration;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@NullUnmarked
class DueQueueTest {
    private static final Pace PACE = new Pace(Duration.ZERO, 10, Duration.ZERO);

    private final DueQueue queue = new DueQueue();

    @Test
    void nothingIsDueOneMillisecondBefore() {
        queue.put(entry("a", 10, 100));

        assertThat(queue.firstDue(at(9.999), PACE)).isNull();
        assertThat(queue.firstDue(at(10), PACE)).isEqualTo(entry("a", 10, 100));
    }

    @Test
    void lookingTakesNothingOut() {
        queue.put(entry("a", 10, 100));

        queue.firstDue(at(10), PACE);

        assertThat(queue.firstDue(at(10), PACE)).isNotNull();
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
        queue.firstDue(at(5), PACE);

        queue.put(entry("a", 20, 200));

        assertThat(queue.firstDue(at(19.999), PACE)).isNull();
        assertThat(queue.takeExpired(at(150))).isNull();
    }

    @Test
    void whatIsRemovedIsGoneEverywhere() {
        queue.put(entry("a", 1, 100));
        queue.firstDue(at(5), PACE);

        Entry removed = queue.remove("a");

        assertThat(removed).isEqualTo(entry("a", 1, 100));
        assertThat(queue.firstDue(at(1000), PACE)).isNull();
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
    }

    @Test
    void whatHasNoDeadlineNeverExpires() {
        queue.put(new Entry("a", at(1), at(1), Need.KEY, at(50)));

        assertThat(queue.takeExpired(at(1e9))).isNull();
        assertThat(queue.firstDue(at(1), PACE)).isNotNull();
    }

    // --- scarcity

    @Test
    void aKeyThatDiesBeforeACallCouldReachItIsPassedOver() {
        Pace slow = new Pace(Duration.ofSeconds(2), 10, Duration.ZERO);
        queue.put(entry("hopeless", 1, 12));
        queue.put(entry("in-time", 2, 12.001));

        assertThat(queue.firstDue(at(10), slow)).extracting(Entry::account).isEqualTo("in-time");
        queue.remove("in-time");
        assertThat(queue.firstDue(at(10), slow)).extracting(Entry::account).isEqualTo("hopeless");
    }

    @Test
    void whatOnlyAPersonCanMendComesLast() {
        queue.put(new Entry("refused", at(1), at(1), Need.OPERATOR, at(20)));
        queue.put(entry("b", 1, 3000));
        queue.put(new Entry("new", at(1), at(1), Need.KEY, at(50)));

        assertThat(drained(at(10))).containsExactly("new", "b", "refused");
    }

    @Test
    void whatOnlyAPersonCanMendExpiresAsWell() {
        queue.put(new Entry("refused", at(1), at(1), Need.OPERATOR, at(20)));

        assertThat(queue.takeExpired(at(20))).isNotNull();
    }

    /** Ten calls a second from second 10 on: the k-th call arrives at 10 s + k * 0.1 s. */
    @ParameterizedTest(name = "the third of three dies at {0} s: first {1}")
    @CsvSource({"10.4, new", "10.399, a0"})
    void aNewKeyGoesFirstOnlyIfNoOtherDiesOfIt(double third, String first) {
        queue.put(new Entry("new", at(1), at(1), Need.RECREATION, at(0)));
        queue.put(entry("a0", 1, 10.2));
        queue.put(entry("a1", 1, 10.3));
        queue.put(entry("a2", 1, third));

        assertThat(queue.firstDue(at(10), PACE)).extracting(Entry::account).isEqualTo(first);
    }

    @Test
    void newKeysGoFirstComeFirstServed() {
        queue.put(new Entry("later", at(1), at(1), Need.KEY, at(60)));
        queue.put(new Entry("first", at(2), at(2), Need.RECREATION, at(50)));

        assertThat(drained(at(10))).containsExactly("first", "later");
    }

    // --- checks

    @Test
    void aCheckMayLeaveFromItsTimeUntilTheRenewalIsDue() {
        queue.put(new Entry("a", at(30), at(20), Need.RENEWAL, at(100)));
        queue.put(entry("b", 10, 100));

        assertThat(check(19.999)).isNull();
        assertThat(check(20)).isEqualTo("a");
        assertThat(queue.firstDue(at(29.999), PACE)).extracting(Entry::account).isEqualTo("b");

        queue.remove("b");
        queue.firstDue(at(30), PACE);
        assertThat(check(30)).isNull();
    }

    @Test
    void aLeaseThatIsAboutToBeRenewedNeedsNoCheck() {
        queue.put(new Entry("a", at(30), at(20), Need.RENEWAL, at(100)));
        queue.put(new Entry("b", at(40), at(21), Need.RENEWAL, at(100)));

        assertThat(queue.firstCheck(at(25), at(30))).extracting(Entry::account).isEqualTo("a");
        assertThat(queue.firstCheck(at(25), at(30.001)))
                .extracting(Entry::account)
                .isEqualTo("b");
    }

    @Test
    void aLeaseThatIsRemovedIsNotChecked() {
        queue.put(new Entry("a", at(30), at(20), Need.RENEWAL, at(100)));

        queue.remove("a");

        assertThat(check(25)).isNull();
    }

    private String check(double now) {
        Entry entry = queue.firstCheck(at(now), at(now));
        return entry == null ? null : entry.account();
    }

    @ParameterizedTest(name = "by {0} s, at most {1}: {2}")
    @CsvSource({"10, 9, 1", "20, 9, 3", "19.999, 9, 2", "20, 2, 2", "9, 9, 1"})
    void countsWhatIsDueByThen(double then, int most, int count) {
        queue.put(entry("due", 5, 100));
        queue.firstDue(at(9), PACE);
        queue.put(entry("soon", 15, 100));
        queue.put(entry("later", 20, 100));

        assertThat(queue.dueBy(at(then), most)).isEqualTo(count);
    }

    @ParameterizedTest(name = "by {0} s, at most {1}: {2}")
    @CsvSource({"9, 9, 0", "10, 9, 1", "19.999, 9, 1", "20, 9, 2", "99, 9, 3", "99, 2, 2", "99, 0, 0"})
    void countsTheKeysThatDieByThen(double then, int most, int count) {
        queue.put(entry("due", 5, 10));
        queue.firstDue(at(9), PACE);
        queue.put(entry("soon", 15, 20));
        queue.put(entry("later", 20, 30));
        queue.put(new Entry("dead", at(1), at(1), Need.RECREATION, at(0)));

        assertThat(queue.dyingBy(at(then), most)).isEqualTo(count);
    }

    @Test
    void whatOnlyAPersonCanMendIsDueToo() {
        queue.put(new Entry("refused", at(1), at(1), Need.OPERATOR, at(900)));
        queue.put(new Entry("lost", at(1), at(1), Need.RECREATION, at(0)));
        queue.firstDue(at(5), PACE);

        assertThat(queue.dueBy(at(5), 9)).isEqualTo(2);
        assertThat(queue.dueBy(at(5), 1)).isEqualTo(1);
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
            assertThat(queue.firstDue(now, PACE))
                    .as("seed %d, step %d", seed, step)
                    .isEqualTo(mostUrgent(model, now));
        }
    }

    private static Entry mostUrgent(Map<String, Entry> model, Instant now) {
        return model.values().stream()
                .filter(entry -> entry.due() <= EpochNanos.of(now))
                // Who dies right now comes last: no call could reach it.
                .min(Comparator.comparing((Entry entry) -> entry.deadline() <= EpochNanos.of(now))
                        .thenComparing(Entry::deadline)
                        .thenComparing(Entry::account))
                .orElse(null);
    }

    private List<String> drained(Instant now) {
        List<String> scheduler = new ArrayList<>();
        for (Entry first = queue.firstDue(now, PACE); first != null; first = queue.firstDue(now, PACE)) {
            scheduler.add(first.account());
            queue.remove(first.account());
        }
        return scheduler;
    }

    private static Entry entry(String account, double due, double deadline) {
        return new Entry(account, at(due), at(due), Need.RENEWAL, at(deadline));
    }
}
