package dev.listenkeyd.renewal;

import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.Given.failed;
import static dev.listenkeyd.lease.OnLoss.RECREATE;
import static dev.listenkeyd.lease.OnLoss.REPORT;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.budget.Budget;
import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.lease.EpochNanos;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.LeaseState.Recovering;
import dev.listenkeyd.lease.LeaseState.Retrying;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.VirtualClock;
import dev.listenkeyd.renewal.CallScheduler.ScheduledCall;
import dev.listenkeyd.renewal.DueQueue.Entry;
import dev.listenkeyd.renewal.DueQueue.Need;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@NullUnmarked
class CallSchedulerTest {
    private final VirtualClock clock = new VirtualClock();
    private final ExchangeGate gate = new ExchangeGate(new Budget(10, ofMinutes(1), 0.2), clock, clock);
    private final CallScheduler scheduler = new CallScheduler(gate, Given.CHECKING, clock);

    // --- whose turn

    @Test
    void aLiveKeyWantsItsTurnByItsDeadlineAndWithoutOneAsARenewalDueNow() {
        scheduler.putDue(Given.active(RECREATE), at(0));
        assertThat(EpochNanos.instant(take().deadline())).isEqualTo(at(3600));

        scheduler.putDue(Given.pending(RECREATE), at(0));
        assertThat(EpochNanos.instant(take().deadline())).isEqualTo(at(1800));

        scheduler.putDue(Given.recovering(1, RECREATE), at(0));
        assertThat(EpochNanos.instant(take().deadline())).isEqualTo(at(5400));
    }

    @ParameterizedTest
    @EnumSource(Reason.class)
    void whatOnlyAPersonCanMendStandsBack(Reason reason) {
        Lease lease = Given.active(RECREATE);
        scheduler.putDue(lease.withFailure(new Retrying(at(1), 1, at(0)), Given.failure(reason, at(0))), at(0));

        assertThat(take().need()).isEqualTo(reason.needsOperator() ? Need.OPERATOR : Need.RENEWAL);
    }

    @Test
    void onlyAKeyThatTakesTheDeadOnesPlaceIsARecreation() {
        scheduler.putDue(Given.recovering(1, RECREATE), at(0));
        assertThat(take().need()).isEqualTo(Need.RECREATION);

        scheduler.putDue(Given.recovering(1, REPORT), at(0));
        assertThat(take().need()).isEqualTo(Need.KEY);

        scheduler.putDue(Given.pending(RECREATE), at(0));
        assertThat(take().need()).isEqualTo(Need.KEY);
    }

    /** The exchange's limit is taken as 20, all others use 16 of it: only what is urgent may leave. */
    @ParameterizedTest(name = "{0} s before the deadline: {1}")
    @CsvSource({"600, false", "599.999, true"})
    void aSixthOfTheLifeIsUrgent(double left, boolean leaves) {
        clock.advanceTo(at(3600 - left));
        gate.observeUsedWeight(16, at(9999));
        scheduler.put(Given.active(RECREATE), null);

        assertThat(take() != null).isEqualTo(leaves);
    }

    @Test
    void aLeaseThatWaitsForNothingIsTakenOut() {
        scheduler.putDue(Given.active(RECREATE), at(0));

        scheduler.put(Given.lost(REPORT), null);

        assertThat(take()).isNull();
    }

    @Test
    void aLeaseWhoseDeadlineHasPassedIsTakenOutOnce() {
        scheduler.put(active("main", 1800), null);

        assertThat(scheduler.takeExpired(at(3599.999))).isNull();
        assertThat(scheduler.takeExpired(at(3600))).extracting(Entry::account).isEqualTo("main");
        assertThat(scheduler.takeExpired(at(3600))).isNull();
    }

    /** Of the budget of 10, calls for new keys leave what those need that die within the minute. */
    @Test
    void newKeysLeaveTheWeightThatDyingOnesNeed() {
        for (int i = 0; i < 12; i++) {
            scheduler.putDue(Given.in("new" + i, new Recovering(at(0), 0, at(-1)), RECREATE, at(-1)), at(0));
        }
        for (int i = 0; i < 4; i++) {
            scheduler.put(Given.in("dying" + i, new Active(at(30)), RECREATE, at(59)), null);
        }

        assertThat(taken()).hasSize(6).allMatch(account -> account.startsWith("new"));
    }

    /** A new key's turn has come, but all weight is kept for the dying: an urgent renewal may leave in its place. */
    @ParameterizedTest(name = "renewal {0} s before the deadline: {1}")
    @CsvSource({"599.999, true", "600, false"})
    void whenANewKeyMustWaitAnUrgentRenewalMayLeave(double left, boolean leaves) {
        for (int i = 0; i < 10; i++) {
            scheduler.put(Given.in("dying" + i, new Active(at(30)), RECREATE, at(59)), null);
        }
        scheduler.putDue(recovering("new"), at(0));
        scheduler.putDue(Given.in("renewal", new Active(at(0)), RECREATE, at(left)), at(0));

        assertThat(taken()).isEqualTo(leaves ? List.of("renewal") : List.of());
    }

    // --- checks, when there is weight to spare

    @Test
    void aLiveKeyIsCheckedAnIntervalAfterItsLastSuccess() {
        scheduler.put(active("main", 1800), null);

        clock.advanceTo(at(59.999));
        assertThat(take()).isNull();

        clock.advanceTo(at(60));
        assertThat(scheduler.take(clock.instant(), account -> false)).matches(ScheduledCall::isCheck);
    }

    @Test
    void aCheckThatFailedIsRepeatedOnlyAnIntervalLater() {
        scheduler.put(active("main", 1800), at(100));

        clock.advanceTo(at(159.999));
        assertThat(take()).isNull();

        clock.advanceTo(at(160));
        assertThat(take()).isNotNull();
    }

    @Test
    void withoutAnIntervalNothingIsChecked() {
        CallScheduler never = new CallScheduler(gate, Given.POLICY, clock);
        never.put(active("main", 1440), null);

        clock.advanceTo(at(1439.999));

        assertThat(never.take(clock.instant(), account -> false)).isNull();
        assertThat(never.isCheckWorthMore(clock.instant())).isFalse();
    }

    /** A fifth of the budget of 10 are 2 checks a minute. */
    @Test
    void checksComeEvenlyAndTheLongestUnaskedFirst() {
        scheduler.put(active("b", 1800), at(2));
        scheduler.put(active("a", 1800), at(3));
        scheduler.put(active("c", 1800), at(1));

        List<String> checked = new ArrayList<>();
        for (int second = 60; second <= 180; second++) {
            clock.advanceTo(at(second));
            for (String account : taken()) {
                checked.add(account + second);
            }
        }

        assertThat(checked).containsExactly("c61", "b91", "a121");
    }

    @Test
    void whereAFifthOfTheBudgetIsUsedNothingIsChecked() {
        clock.advanceTo(at(1200));
        scheduler.putDue(active("due1", 1199), at(1199));
        scheduler.putDue(active("due2", 1199), at(1199));
        scheduler.put(active("check", 1800), null);

        assertThat(taken()).containsExactly("due1", "due2");

        clock.advanceTo(at(1260));
        assertThat(taken()).containsExactly("check");
    }

    @Test
    void checksLeaveTheWeightThatOthersNeed() {
        clock.advanceTo(at(1200));
        for (int i = 0; i < 10; i++) {
            scheduler.put(active("soon" + i, 1260), null);
        }

        // They may be checked, too; of the budget of 10 none is left beside their renewals.
        assertThat(taken()).isEmpty();
    }

    @Test
    void aFailedRenewalIsRetriedAndNotChecked() {
        Lease lease = Given.active(RECREATE);
        scheduler.put(
                lease.withFailure(new Retrying(at(1800), 1, at(0)), Given.failure(Reason.UNREACHABLE, at(0))), null);

        clock.advanceTo(at(1799.999));

        assertThat(take()).isNull();
    }

    @Test
    void aCheckIsWorthMoreThanAConfirmationOnceItHasWaitedAQuarterOfItsInterval() {
        scheduler.put(active("main", 1800), null);

        assertThat(scheduler.isCheckWorthMore(at(74.999))).isFalse();
        assertThat(scheduler.isCheckWorthMore(at(75))).isTrue();
    }

    /** Of 2 checks a minute, 27 renewals in 27 minutes leave one: as many checks as renewals. */
    @ParameterizedTest(name = "{0} leases: {1}")
    @CsvSource({"26, true", "27, false"})
    void whereChecksAreFewerThanRenewalsAConfirmationIsWorthMore(int leases, boolean worthMore) {
        for (int i = 0; i < leases; i++) {
            scheduler.put(active("a" + i, 1800), null);
        }

        assertThat(scheduler.isCheckWorthMore(at(1000))).isEqualTo(worthMore);
    }

    /** A check by POST would create a key where none lives. */
    @Test
    void whileRecreationIsThrottledNothingIsChecked() {
        massFailure();
        scheduler.put(active("main", 1800), null);

        clock.advanceTo(at(1000));

        assertThat(taken()).isEmpty();
    }

    /** Their recreations would have proved that keys live again. */
    @Test
    void withTheDyingAccountsPausedChecksGoOn() {
        massFailure();
        for (int i = 0; i < MassFailureGuard.FEWEST; i++) {
            scheduler.put(active("dead" + i, 0).withPause(Given.maintenance(7200)), null);
        }
        scheduler.put(active("main", 1800), null);

        clock.advanceTo(at(1000));

        assertThat(taken()).containsExactly("main");
    }

    @Test
    void withTheDyingAccountsReleasedNothingIsThrottled() {
        massFailure();

        for (int i = 0; i < MassFailureGuard.FEWEST; i++) {
            scheduler.remove("dead" + i);
        }

        assertThat(scheduler.isRecreationThrottled()).isFalse();
    }

    // --- mass failure

    @Test
    void whenMostKeysDieNewOnesAreMadeOneByOne() {
        massFailure();
        scheduler.putDue(recovering("a"), at(0));
        scheduler.putDue(recovering("b"), at(0));

        assertThat(taken()).containsExactly("a");
        clock.advanceTo(at(4.999));
        assertThat(taken()).isEmpty();
        clock.advanceTo(at(5));
        assertThat(taken()).containsExactly("b");
    }

    @Test
    void theGuardHoldsNobodyElseBack() {
        massFailure();
        scheduler.putDue(recovering("a"), at(0));
        scheduler.putDue(recovering("b"), at(0));
        scheduler.putDue(Given.pending(RECREATE), at(0));
        scheduler.put(active("renewal", 0), null);

        assertThat(taken()).contains("main", "renewal").hasSize(3);
    }

    @Test
    void whoeverAsksIsNoFlood() {
        massFailure();
        scheduler.putDue(recovering("a"), at(0));
        scheduler.putDue(recovering("b"), at(0));
        assertThat(taken()).containsExactly("a");
        scheduler.putDue(recovering("b"), at(0));

        assertThat(scheduler.take(at(0), account -> true)).isNotNull();
    }

    @Test
    void onlyReportsOfDeadKeysAreDeathsAndOnlyRecreationsProveTheWay() {
        for (int i = 0; i < 20; i++) {
            scheduler.record(active("x" + i, 0), failed(Reason.UNREACHABLE), () -> 20);
            scheduler.record(recovering("y" + i), failed(Reason.NO_ACTIVE_KEY), () -> 20);
        }
        assertThat(scheduler.isRecreationThrottled()).isFalse();

        massFailure();
        for (int i = 0; i < 20; i++) {
            scheduler.record(active("x" + i, 0), new RenewalOutcome.Renewed(at(0)), () -> 20);
        }
        assertThat(scheduler.isRecreationThrottled()).isTrue();
        for (int i = 0; i < MassFailureGuard.SUCCESSES; i++) {
            scheduler.record(recovering("y" + i), new RenewalOutcome.Confirmed(at(0), Given.OTHER, null), () -> 20);
        }
        assertThat(scheduler.isRecreationThrottled()).isFalse();
    }

    private void massFailure() {
        FleetEvent change = null;
        for (int i = 0; i < MassFailureGuard.FEWEST; i++) {
            change = scheduler.record(
                    active("dead" + i, 0), failed(Reason.NO_ACTIVE_KEY), () -> MassFailureGuard.FEWEST);
        }
        assertThat(change).isInstanceOf(FleetEvent.RecreationThrottled.class);
        assertThat(scheduler.isRecreationThrottled()).isTrue();
    }

    private Entry take() {
        ScheduledCall turn = scheduler.take(clock.instant(), account -> false);
        return turn == null ? null : turn.entry();
    }

    private List<String> taken() {
        List<String> accounts = new ArrayList<>();
        for (Entry entry = take(); entry != null; entry = take()) {
            accounts.add(entry.account());
        }
        return accounts;
    }

    private static Lease active(String account, double next) {
        return Given.in(account, new Active(at(next)), RECREATE, at(3600));
    }

    private static Lease recovering(String account) {
        return Given.in(account, new Recovering(at(0), 0, at(-1)), RECREATE, at(-1));
    }
}
