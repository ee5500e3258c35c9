package dev.listenkeyd.policy;

import static dev.listenkeyd.policy.Policies.RENEW;
import static dev.listenkeyd.policy.Policies.limit;
import static dev.listenkeyd.policy.Policies.limited;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.policy.Decision.Allowed;
import dev.listenkeyd.policy.Decision.Denied;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Counters over time: other policies, clocks that are set, memory and threads. */
class CountersTest extends PolicyDecisions {
    @Test
    void anotherPolicyGoesOnCountingWhereTheOneBeforeStopped() {
        assertThat(allowed(limited(limit("c", "hour", 3, "grant")), RENEW, 9)).isEqualTo(3);

        assertThat(allowed(limited(limit("c", "hour", 5, "grant")), RENEW, 9)).isEqualTo(2);
        assertThat(allowed(limited(limit("c", "hour", 4, "grant")), RENEW, 9)).isZero();
    }

    @Test
    void aSlidingLimitGoesOnCountingToo() {
        assertThat(allowed(sliding(1, 60), RENEW, 9)).isEqualTo(1);
        now = now.plusSeconds(10);

        assertThat(allowed(sliding(4, 60), RENEW, 9)).isEqualTo(3);
        assertThat(decide(sliding(2, 60), RENEW))
                .isInstanceOfSatisfying(
                        Denied.class,
                        denied -> assertThat(denied.comeBackAt())
                                .as("three of the four must be gone")
                                .isEqualTo(START.plusSeconds(70)));
    }

    @Test
    void aClockThatIsSetBackGivesNoSecondQuotaAndLocksNobodyOut() {
        Policy policy = limited(limit("c", "minute", 2, "grant"));
        assertThat(allowed(policy, RENEW, 9)).isEqualTo(2);

        now = now.minus(ofDays(1));

        assertThat(decide(policy, RENEW))
                .isInstanceOfSatisfying(
                        Denied.class,
                        denied -> assertThat(denied.comeBackAt())
                                .isEqualTo(START.minus(ofDays(1)).plusSeconds(60)));
        now = now.plus(ofMinutes(1));
        assertThat(allowed(policy, RENEW, 9)).isEqualTo(2);
    }

    @Test
    void aClockThatIsSetBackGivesNoSecondSlidingQuotaAndLocksNobodyOut() {
        Policy policy = sliding(2, 60);
        assertThat(allowed(policy, RENEW, 9)).isEqualTo(2);

        now = START.minus(ofHours(1));
        assertThat(decide(policy, RENEW)).isInstanceOf(Denied.class);
        now = now.plusMillis(59_999);
        assertThat(decide(policy, RENEW)).isInstanceOf(Denied.class);
        now = now.plusMillis(1);
        assertThat(allowed(policy, RENEW, 9)).isEqualTo(2);
    }

    @Test
    void aRefundAfterTheClockWasSetBackCounts() {
        Policy policy = limited(limit("c", "minute", 1, "grant"));
        Allowed reservation = (Allowed) decide(policy, RENEW);
        now = now.minus(ofHours(1));
        assertThat(decide(policy, RENEW)).isInstanceOf(Denied.class);

        counters.refund(reservation.reservation());

        assertThat(decide(policy, RENEW)).isInstanceOf(Allowed.class);
    }

    @Test
    void aClockThatIsSetForwardOpensTheNextWindowOnce() {
        Policy policy = limited(limit("c", "hour", 2, "grant"));
        assertThat(allowed(policy, RENEW, 9)).isEqualTo(2);

        now = now.plus(ofDays(400));
        assertThat(allowed(policy, RENEW, 9)).isEqualTo(2);
        now = START;
        assertThat(allowed(policy, RENEW, 9)).isZero();
    }

    @Test
    void oldTalliesAreForgotten() {
        Policy policy = limited(limit("c", "minute", 2, "grant"));
        for (int i = 0; i < 100; i++) {
            policy.decide(new Call("client" + i, SESSION, RENEW), counters, now);
        }
        assertThat(counters.size()).isEqualTo(200);

        now = now.plus(ofMinutes(1));
        decide(policy, RENEW);

        assertThat(counters.size()).as("one counter and all sessions").isEqualTo(102);
    }

    @Test
    void sessionsAreBoundedAndWhatOthersHaveUsedStays() {
        Policy policy = limited(limit("c", "hour", 5000, "grant"));
        for (int i = 0; i < 5000; i++) {
            assertThat(policy.decide(new Call(AGENT, "s" + i, RENEW), counters, now))
                    .isInstanceOf(Allowed.class);
        }

        assertThat(counters.size()).isEqualTo(Counters.MOST_SESSIONS + 1);
        assertThat(decide(policy, RENEW)).isInstanceOf(Denied.class);
    }

    @Test
    void aSessionThatEndedIsForgotten() {
        Policy policy = limited(limit("c", "hour", 1, "session"));
        decide(policy, RENEW);
        assertThat(decide(policy, RENEW)).isInstanceOf(Denied.class);

        counters.sessionEnded("other", SESSION);
        assertThat(decide(policy, RENEW)).isInstanceOf(Denied.class);
        counters.sessionEnded(AGENT, SESSION);

        assertThat(counters.size()).isZero();
        assertThat(decide(policy, RENEW)).isInstanceOf(Allowed.class);
    }

    @Test
    void manyAtOnceGetNoMoreThanOneAfterTheOther() throws InterruptedException {
        Policy policy = limited(limit("c", "hour", 100_000, "grant") + "," + limit("d", "day", 90_000, "server"));
        AtomicInteger passed = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        for (int i = 0; i < 8; i++) {
            threads.execute(() -> passed.addAndGet(allowed(policy, RENEW, 20_000)));
        }
        threads.shutdown();

        assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(passed).hasValue(90_000);
    }
}
