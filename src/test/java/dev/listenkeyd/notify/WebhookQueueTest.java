package dev.listenkeyd.notify;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.VirtualClock;
import dev.listenkeyd.notify.WebhookSender.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class WebhookQueueTest {
    private static final Answer ACCEPTED = new Answer(true, "HTTP 204");
    private static final Answer REFUSED = new Answer(false, "HTTP 500");

    private final VirtualClock clock = new VirtualClock();
    private final List<String> told = new ArrayList<>();
    private final WebhookQueue queue =
            new WebhookQueue(GivenWebhook.webhook("pager"), clock, clock, new WebhookObserver() {
                @Override
                public void onResult(String webhook, Result result) {
                    told.add(webhook + " " + result);
                }

                @Override
                public void onFailing(String webhook, String why) {
                    told.add(webhook + " failing: " + why);
                }

                @Override
                public void onRecovered(String webhook, Duration after) {
                    told.add(webhook + " recovered after " + after.toSeconds() + " s");
                }
            });

    @Test
    void anEventIsSentAtOnceAndOnce() {
        queue.add(delivery(1, "main"));

        assertThat(due()).containsExactly(1L);
        assertThat(due()).isEmpty();

        assertThat(queue.ended(delivery(1, "main"), ACCEPTED)).containsExactly(delivery(1, "main"));
        assertThat(due()).isEmpty();
        assertThat(queue.pending()).isZero();
        assertThat(queue.oldest()).isNull();
        assertThat(told).containsExactly("pager DELIVERED");
    }

    @Test
    void aFailedAttemptIsRepeatedAfterFiveSecondsDoublingToFifteenMinutes() {
        queue.add(delivery(1, "main"));
        for (int seconds : new int[] {5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900}) {
            assertThat(due()).containsExactly(1L);
            assertThat(queue.ended(delivery(1, "main"), REFUSED)).isEmpty();

            clock.advance(ofSeconds(seconds).minusMillis(1));
            assertThat(due()).as("a millisecond before %d s", seconds).isEmpty();
            clock.advance(ofMillis(1));
        }
        assertThat(due()).containsExactly(1L);
        assertThat(queue.oldest()).isEqualTo(Given.T0);
    }

    @Test
    void anAccountsEventsWaitForItsEarlierOnesAndThoseOfOthersDoNot() {
        queue.add(delivery(1, "main"));
        queue.add(delivery(2, "main"));
        queue.add(delivery(3, "other"));
        queue.add(delivery(4, null));
        assertThat(due()).containsExactlyInAnyOrder(1L, 3L, 4L);

        queue.ended(delivery(3, "other"), ACCEPTED);
        queue.ended(delivery(1, "main"), REFUSED);
        queue.add(delivery(5, "other"));
        queue.add(delivery(6, "main"));
        assertThat(due()).containsExactly(5L);

        clock.advance(ofSeconds(5));
        assertThat(due()).containsExactly(1L);
        queue.ended(delivery(1, "main"), ACCEPTED);
        assertThat(due()).containsExactly(2L);
        queue.ended(delivery(2, "main"), ACCEPTED);
        assertThat(due()).containsExactly(6L);
    }

    /** After a success the next failure is a first one. */
    @Test
    void aSuccessEndsTheDoubling() {
        queue.add(delivery(1, "main"));
        queue.add(delivery(2, "main"));
        fail(1, ofSeconds(5));
        fail(1, ofSeconds(10));
        succeed(1);

        fail(2, ofSeconds(5));

        assertThat(due()).containsExactly(2L);
    }

    @Test
    void afterADayAFailureIsTheLast() {
        queue.add(delivery(1, "main"));
        fail(1, ofHours(24).minusMillis(1));
        assertThat(due()).containsExactly(1L);
        assertThat(queue.ended(delivery(1, "main"), REFUSED)).isEmpty();

        clock.advance(ofSeconds(10));
        queue.add(new Delivery("pager", GivenWebhook.event(2, "main"), true));
        assertThat(due()).containsExactly(1L);

        // Both: the second event is as old.
        assertThat(queue.ended(delivery(1, "main"), REFUSED)).containsExactly(delivery(1, "main"), delivery(2, "main"));
        assertThat(queue.pending()).isZero();
        assertThat(told).filteredOn("pager EXPIRED"::equals).hasSize(2);
    }

    /** As after a long stop of the daemon: the age alone is no reason to drop an event. */
    @Test
    void anOldEventIsTriedOnce() {
        clock.advance(ofHours(100));
        queue.add(delivery(1, "main"));

        succeed(1);

        assertThat(told).containsExactly("pager DELIVERED");
    }

    @Test
    void ofTooManyTheOldestGo() {
        IntStream.rangeClosed(1, WebhookQueue.MOST_PENDING + 3).forEach(i -> queue.add(delivery(i, "a" + i % 5000)));
        assertThat(due()).hasSize(WebhookQueue.MOST_IN_FLIGHT).startsWith(5000L);

        List<Delivery> dropped = queue.removeOverflow();

        // 1 is in flight: it may have been delivered already.
        assertThat(dropped)
                .extracting(delivery -> delivery.event().seq())
                .hasSize(3)
                .doesNotContain(1L);
        assertThat(queue.pending()).isEqualTo(WebhookQueue.MOST_PENDING);
        assertThat(told).containsOnly("pager OVERFLOWED").hasSize(3);
        assertThat(queue.removeOverflow()).isEmpty();
    }

    @Test
    void aReceiverThatHangsHoldsFewCalls() {
        IntStream.rangeClosed(1, 100).forEach(i -> queue.add(delivery(i, "a" + i)));

        List<Long> calls = due();
        assertThat(calls).hasSize(WebhookQueue.MOST_IN_FLIGHT);
        assertThat(due()).isEmpty();
        queue.ended(delivery(calls.get(0), "a" + calls.get(0)), REFUSED);

        assertThat(due()).hasSize(1);
    }

    @Test
    void itIsToldOnceThatAWebhookFailsAndOnceThatItWorksAgain() {
        queue.add(delivery(1, "main"));
        queue.add(delivery(2, "other"));
        assertThat(due()).hasSize(2);
        queue.ended(delivery(1, "main"), REFUSED);
        queue.ended(delivery(2, "other"), REFUSED);
        clock.advance(ofSeconds(5));
        assertThat(due()).hasSize(2);
        queue.ended(delivery(1, "main"), REFUSED);
        queue.ended(delivery(2, "other"), ACCEPTED);
        clock.advance(ofSeconds(10));
        assertThat(due()).containsExactly(1L);
        queue.ended(delivery(1, "main"), ACCEPTED);

        assertThat(told)
                .filteredOn(line -> line.contains("failing") || line.contains("recovered"))
                .containsExactly("pager failing: HTTP 500", "pager recovered after 15 s");
    }

    /** A receiver that fails at random for days: each event arrives, in order of its account, and soon after the last failure. */
    @Test
    void everyEventArrivesInOrderWhateverFails() {
        for (long seed = 0; seed < 200; seed++) {
            Random dice = new Random(seed);
            VirtualClock time = new VirtualClock();
            WebhookQueue some = new WebhookQueue(GivenWebhook.webhook("any"), time, time, new NoObserver());
            Map<String, Long> last = new HashMap<>();
            int arrived = 0;
            for (long seq = 1, left = 40; left > 0 || some.pending() > 0; ) {
                if (left > 0 && dice.nextBoolean()) {
                    int account = dice.nextInt(4);
                    some.add(new Delivery("any", GivenWebhook.event(seq++, account == 0 ? null : "a" + account), true));
                    left--;
                }
                for (Delivery delivery : some.takeDue()) {
                    boolean accepted = left == 0 || dice.nextInt(3) == 0;
                    if (accepted) {
                        String account = String.valueOf(delivery.event().account());
                        assertThat(delivery.event().seq())
                                .as("seed %d", seed)
                                .isGreaterThan(last.getOrDefault(account, 0L));
                        last.put(account, delivery.event().seq());
                        arrived++;
                    }
                    some.ended(delivery, accepted ? ACCEPTED : REFUSED);
                }
                time.advance(ofMillis(dice.nextInt(20_000)));
            }
            assertThat(arrived).as("seed %d", seed).isEqualTo(40);
        }
    }

    @Test
    void theClockOfTheWallMaySetBackWithoutHoldingUpARetry() {
        queue.add(delivery(1, "main"));
        assertThat(due()).containsExactly(1L);
        queue.ended(delivery(1, "main"), REFUSED);

        clock.stepWallClock(ofHours(-1));
        clock.advance(ofSeconds(5));

        assertThat(due()).containsExactly(1L);
    }

    private void fail(long seq, Duration thenWait) {
        assertThat(due()).containsExactly(seq);
        queue.ended(delivery(seq, "main"), REFUSED);
        clock.advance(thenWait);
    }

    private void succeed(long seq) {
        assertThat(due()).containsExactly(seq);
        queue.ended(delivery(seq, "main"), ACCEPTED);
    }

    private List<Long> due() {
        return queue.takeDue().stream().map(delivery -> delivery.event().seq()).toList();
    }

    private static Delivery delivery(long seq, String account) {
        return new Delivery("pager", GivenWebhook.event(seq, account), true);
    }
}
