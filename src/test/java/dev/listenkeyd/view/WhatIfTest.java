package dev.listenkeyd.view;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.listenkeyd.budget.Budget;
import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.forecast.OutageSimulation;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Lost;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.lease.StoredLeases;
import dev.listenkeyd.renewal.Confirmation;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalPolicy;
import dev.listenkeyd.view.WhatIfView.LostKeyView;
import java.math.BigInteger;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is asked, and what is answered; what comes in between is the rehearsal's own test. */
class WhatIfTest {
    private static final Instant T0 = Instant.parse("2026-11-22T00:00:00Z");
    private static final RenewalPolicy POLICY =
            new RenewalPolicy(ofMinutes(60), ofMinutes(30), null, ofSeconds(1), ofSeconds(60), 5);

    private final List<Lease> leases = new ArrayList<>();
    private Runnable meanwhile = () -> {};
    /** Who rehearsed, one after the other. */
    private final Deque<Thread> rehearsing = new ConcurrentLinkedDeque<>();

    @Test
    void tellsWhichKeysAreLostWhenAndUntilWhen() {
        leases.add(active("a"));
        leases.add(active("b"));
        leases.add(lost("c"));

        WhatIfView told = asked(question(90, 10));

        assertThat(told.from()).isEqualTo(T0.plus(ofMinutes(10)));
        assertThat(told.until()).isEqualTo(T0.plus(ofMinutes(100)));
        assertThat(told.leases()).isEqualTo(3);
        assertThat(told.withoutKeyNow()).isEqualTo(1);
        assertThat(told.keysLost()).isEqualTo(2);
        assertThat(told.more()).isZero();
        assertThat(told.lost()).extracting(LostKeyView::account).containsExactlyInAnyOrder("a", "b");
        assertThat(told.lost()).allSatisfy(key -> {
            assertThat(key.cause()).isEqualTo(LossCause.EXPIRED);
            assertThat(key.at()).isEqualTo(T0.plus(ofMinutes(60)));
            assertThat(key.recoveredAt()).isBetween(told.until(), told.until().plus(ofMinutes(1)));
        });
        // The second is renewed 2 / (200 per minute) after the return.
        assertThat(told.survivableOutageSeconds()).isEqualTo(3600 - 0.6);
        assertThat(told.text())
                .startsWith("If the exchange did not answer from " + told.from() + " until " + told.until()
                        + ", 2 of 2 live keys would be lost.")
                .contains("The first would be that of a at " + T0.plus(ofMinutes(60)))
                .contains("1 of the leases have no live key now.")
                .contains("could last 3599 s");
    }

    @Test
    void withNothingToLoseNothingIsLost() {
        WhatIfView told = asked(question(1440, 1440));

        assertThat(told.keysLost()).isZero();
        assertThat(told.survivableOutageSeconds()).isNull();
        assertThat(told.text()).contains("0 of 0 live keys");
    }

    @Test
    void aLongListIsCutAndTheRestCounted() {
        IntStream.range(0, 1200).forEach(i -> leases.add(active("a" + i)));

        WhatIfView told = asked(question(90, null));

        assertThat(told.keysLost()).isEqualTo(1200);
        assertThat(told.lost()).hasSize(1000);
        assertThat(told.more()).isEqualTo(200);
    }

    static List<Arguments> badQuestions() {
        return List.of(
                Arguments.of(Map.of(), "outageMinutes: is missing"),
                Arguments.of(question(null, null), "outageMinutes: is missing"),
                Arguments.of(question(0, null), "outageMinutes: must be a whole number from 1 to 1440"),
                Arguments.of(question(1441, null), "outageMinutes: must be a whole number from 1 to 1440"),
                Arguments.of(question(4294967297L, null), "outageMinutes: must be a whole number from 1 to 1440"),
                Arguments.of(
                        question(BigInteger.TWO.pow(64).add(BigInteger.TEN), null),
                        "outageMinutes: must be a whole number from 1 to 1440"),
                Arguments.of(question(60.0, null), "outageMinutes: must be a whole number from 1 to 1440"),
                Arguments.of(question("60", null), "outageMinutes: must be a whole number from 1 to 1440"),
                Arguments.of(question(true, null), "outageMinutes: must be a whole number from 1 to 1440"),
                Arguments.of(question(List.of(60), null), "outageMinutes: must be a whole number from 1 to 1440"),
                Arguments.of(question(60, -1), "startsInMinutes: must be a whole number from 0 to 1440"),
                Arguments.of(question(60, 1441), "startsInMinutes: must be a whole number from 0 to 1440"),
                Arguments.of(question(60, "0"), "startsInMinutes: must be a whole number from 0 to 1440"),
                Arguments.of(
                        Map.of("outageMinutes", 0, "minutes", 1),
                        "minutes: unknown member; known are outageMinutes, startsInMinutes; outageMinutes: must be a whole"
                                + " number from 1 to 1440"),
                Arguments.of(
                        Map.of("outageMinutes", 1, "a key? 0123456789", 1),
                        "(not a name): unknown member; known are outageMinutes, startsInMinutes"));
    }

    @ParameterizedTest
    @MethodSource("badQuestions")
    void everyComplaintNamesTheMemberAndTheBound(Map<String, Object> question, String detail) {
        assertRefused(() -> asked(question), Refusal.INVALID_REQUEST, detail);
    }

    @Test
    void theBoundsThemselvesAreGranted() {
        assertThat(asked(question(1L, 0)).until()).isEqualTo(T0.plus(ofMinutes(1)));
        assertThat(asked(question(1440, 1440)).until()).isEqualTo(T0.plus(ofDays(2)));
    }

    @Test
    void anOutageThatIsTooLongIsRefusedWithThePossibleLength() {
        IntStream.range(0, 5000).forEach(i -> leases.add(active("a" + i)));

        assertRefused(
                () -> asked(question(361, null)),
                Refusal.INVALID_REQUEST,
                "outageMinutes: with 5000 leases it must be at most 300 now; an earlier start leaves room for a longer one");
        assertRefused(
                () -> asked(question(1, 300)),
                Refusal.INVALID_REQUEST,
                "outageMinutes: with 5000 leases no outage can be rehearsed that begins so late; try startsInMinutes 0");
    }

    /** The second question is asked in the midst of the answer to the first. */
    @Test
    void aClientAsksOneAtATime() {
        leases.add(active("a"));
        WhatIf whatIf = whatIf();
        List<LeaseRefused> refused = new ArrayList<>();
        meanwhile =
                () -> refused.add(catchThrowableOfType(LeaseRefused.class, () -> whatIf.of("bot", question(1, null))));

        whatIf.of("bot", question(1, null));

        assertThat(refused).singleElement().satisfies(busy -> {
            assertThat(busy.refusal()).isEqualTo(Refusal.BUSY);
            assertThat(busy.detail())
                    .isEqualTo("an earlier request of this client is still running; ask again in a second");
        });
        assertThat(whatIf.of("bot", question(1, null)).leases()).isEqualTo(1);
    }

    /** One asks again and again; another asks in the midst of that, and is answered before the next of the first. */
    @Test
    void clientsTakeTurns() throws InterruptedException {
        leases.add(active("a"));
        WhatIf whatIf = whatIf();
        Thread other = new Thread(() -> whatIf.of("desk", question(1, null)));
        meanwhile = () -> {
            other.start();
            while (other.getState() != Thread.State.TIMED_WAITING) {
                assertThat(other.isAlive()).isTrue();
                Thread.onSpinWait();
            }
        };

        whatIf.of("bot", question(1, null));
        whatIf.of("bot", question(1, null));
        other.join();

        assertThat(rehearsing).containsExactly(Thread.currentThread(), other, Thread.currentThread());
    }

    @Test
    void aFailedRequestGivesItsTurnBack() {
        WhatIf whatIf = whatIf();
        meanwhile = () -> {
            throw new IllegalStateException("told to");
        };

        assertThatThrownBy(() -> whatIf.of("bot", question(1, null))).hasMessage("told to");

        assertThat(whatIf.of("bot", question(1, null)).leases()).isZero();
    }

    private WhatIfView asked(Map<String, Object> question) {
        return whatIf().of("bot", question);
    }

    private WhatIf whatIf() {
        InstantSource clock = () -> {
            if (rehearsing.peekLast() != Thread.currentThread()) {
                rehearsing.add(Thread.currentThread());
            }
            Runnable once = meanwhile;
            meanwhile = () -> {};
            once.run();
            return T0;
        };
        ExchangeGate gate = new ExchangeGate(new Budget(200, ofMinutes(1), 0.2), () -> T0, () -> 0);
        LeaseRegistry registry = new LeaseRegistry(new StoredLeases(leases), () -> T0, System::nanoTime, event -> {});
        registry.restore();
        return new WhatIf(registry, gate, new OutageSimulation(POLICY, Confirmation.AUTO, clock, () -> 0), clock);
    }

    private static Map<String, Object> question(@Nullable Object minutes, @Nullable Object startsIn) {
        Map<String, Object> question = new HashMap<>();
        if (minutes != null) {
            question.put("outageMinutes", minutes);
        }
        if (startsIn != null) {
            question.put("startsInMinutes", startsIn);
        }
        return question;
    }

    private static void assertRefused(Runnable ask, Refusal refusal, String detail) {
        LeaseRefused refused = catchThrowableOfType(LeaseRefused.class, ask::run);
        assertThat(refused.refusal()).isEqualTo(refusal);
        assertThat(refused.detail()).isEqualTo(detail);
    }

    private static Lease active(String account) {
        ListenKey key = new ListenKey(new Secret("key-of-" + account), T0, T0, T0.plus(POLICY.ttl()));
        return new Lease(registration(account), 1, key, new Active(T0.plus(POLICY.renewEvery())), null, null, 1);
    }

    private static Lease lost(String account) {
        return new Lease(registration(account), 1, active(account).key(), new Lost(T0), null, null, 1);
    }

    private static Registration registration(String account) {
        return new Registration(account, null, OnLoss.RECREATE, "bot", T0);
    }
}
