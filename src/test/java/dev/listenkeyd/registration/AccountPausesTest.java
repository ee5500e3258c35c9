package dev.listenkeyd.registration;

import static dev.listenkeyd.lease.Given.API_KEY;
import static dev.listenkeyd.lease.Given.OTHER;
import static dev.listenkeyd.lease.Given.T0;
import static dev.listenkeyd.lease.Given.at;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.lease.AccountPause;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.OnLoss;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What callers may do with a paused account, and how a pause begins and ends. */
@NullUnmarked
class AccountPausesTest extends LeasesFixture {
    private static final String WHY = "new \"firewall\"";

    private List<String> before;

    @BeforeEach
    void register() {
        done(leases.register(by("bot")));
        before = gateway.said();
    }

    private Lease pause() {
        return done(leases.pause("main", ofHours(2), WHY));
    }

    private void assertNoCall() {
        assertThat(gateway.said()).isEqualTo(before);
    }

    @Test
    void aPauseIsOnDiskWhenItIsAnswered() {
        Lease paused = pause();

        assertThat(paused.pause()).isEqualTo(new AccountPause(T0, at(7200), WHY));
        assertThat(daemon.store.rows.get("main")).isEqualTo(paused);
        assertThat(daemon.lease("main")).isEqualTo(paused);
    }

    @Test
    void aPauseThatCanNotBeWrittenIsNotInForce() {
        daemon.store.down = true;

        assertThat(refusal(() -> leases.pause("main", ofHours(2), WHY))).isEqualTo(Refusal.STORE_UNAVAILABLE);
        daemon.store.down = false;
        daemon.runUntil(at(1800));

        assertThat(daemon.lease("main").pause()).isNull();
        assertThat(gateway.calls).hasSizeGreaterThan(before.size());
    }

    @Test
    void anotherPauseReplacesReasonAndEndAndGoesOn() {
        pause();
        daemon.clock.advanceTo(at(60));

        Lease longer = done(leases.pause("main", ofSeconds(5), "nearly done"));

        assertThat(longer.pause()).isEqualTo(new AccountPause(T0, at(65), "nearly done"));
        daemon.tickAt(at(64.999));
        assertThat(daemon.lease("main").pause()).isNotNull();
        daemon.tickAt(at(65));
        assertThat(daemon.lease("main").pause()).isNull();
    }

    @Test
    void resumingBringsBackWhatWasPlanned() {
        Active planned = (Active) daemon.lease("main").state();
        pause();

        Lease resumed = done(leases.resume("main"));
        daemon.tick();

        assertThat(resumed.state()).isEqualTo(planned);
        assertThat(daemon.store.rows.get("main")).isEqualTo(resumed);
        assertNoCall();
        daemon.tickAt(planned.nextAttemptAt());
        assertThat(gateway.calls).hasSize(before.size() + 1);
    }

    @Test
    void resumingLateRenewsAtOnce() {
        pause();
        daemon.runUntil(at(3000));
        assertNoCall();

        done(leases.resume("main"));
        daemon.tick();

        assertThat(gateway.calls).hasSize(before.size() + 1);
    }

    /** A disk that can't be written must not cost the key. */
    @Test
    void aPauseEndsWhileTheDiskHangs() {
        pause();
        daemon.store.hanging = true;
        done(leases.resume("main"));
        daemon.runUntil(at(3000));
        assertThat(gateway.calls).hasSizeGreaterThan(before.size());

        daemon.store.release();
        daemon.tick();
        assertThat(daemon.store.rows.get("main").pause()).isNull();
    }

    @Test
    void resumingWithoutAPauseChangesNothing() {
        Lease lease = daemon.lease("main");

        assertThat(done(leases.resume("main"))).isEqualTo(lease);
        assertThat(daemon.lease("main")).isEqualTo(lease);
    }

    @Test
    void anAccountWithoutALeaseCanNotBePaused() {
        assertThat(refusal(() -> leases.pause("none", ofHours(1), WHY))).isEqualTo(Refusal.NOT_FOUND);
        assertThat(refusal(() -> leases.resume("none"))).isEqualTo(Refusal.NOT_FOUND);
    }

    @Test
    void aRenewalIsRefusedWithEndAndReason() {
        pause();

        assertThatThrownBy(() -> daemon.renewals.renew("main"))
                .isInstanceOfSatisfying(
                        LeaseRefused.class,
                        refused -> assertThat(refused.code()).isEqualTo("paused"))
                .hasMessageContaining("2026-11-22T02:00:00Z")
                .hasMessageContaining("\"new \\\"firewall\\\"\"");
        assertThat(refusal(() -> daemon.renewals.renewUnlessFresh("main", ofMinutes(1))))
                .isEqualTo(Refusal.PAUSED);
        assertNoCall();
    }

    /** It was asked for while no call could leave. */
    @Test
    void aRenewalThatWaitsIsRefusedWhenItsTimeIsOver() {
        CompletionStage<?> waiting = daemon.renewals.renew("main");
        pause();

        daemon.runUntil(at(10));

        assertThat(refusal(() -> waiting)).isEqualTo(Refusal.PAUSED);
        assertNoCall();
    }

    @Test
    void theQuestionOfTheStreamWatchIsNotAsked() {
        Lease paused = pause();

        assertThat(done(daemon.renewals.ask(paused))).isFalse();
        assertNoCall();
    }

    @Test
    void aSecondHolderJoinsWithoutACall() {
        pause();

        Registered joined = done(leases.register(by("second")));

        assertThat(joined.created()).isFalse();
        assertThat(joined.lease().pause()).isNotNull();
        assertThat(joined.lease().registration().holders()).containsExactly("bot", "second");
        assertNoCall();
    }

    @Test
    void withAnotherKeyAHolderJoinsAndIsToldNothingOfIt() {
        pause();

        Registered joined = done(leases.register(request("main", null, OTHER, null, "second")));

        assertThat(joined.adopted()).isNull();
        assertNoCall();
    }

    @Test
    void whileTheKeyIsLostAHolderJoinsWithoutACall() {
        pause();
        daemon.runUntil(at(3601));
        assertThat(daemon.lease("main").isLost()).isTrue();

        assertThat(done(leases.register(by("second"))).lease().pause()).isNotNull();
        assertNoCall();
    }

    @Test
    void anotherApiKeyCanNotBeTried() {
        pause();

        assertThat(refusal(() -> leases.register(request("main", NEW_API_KEY, null, null, "bot"))))
                .isEqualTo(Refusal.PAUSED);
        assertThat(daemon.lease("main").registration().apiKey()).isEqualTo(API_KEY);
        assertNoCall();
    }

    @Test
    void aReleaseEndsTheLeaseAndItsPause() {
        pause();

        done(leases.release("main", "bot", false));
        assertThat(daemon.lease("main")).isNull();
        assertThat(daemon.store.rows).isEmpty();

        assertThat(done(leases.register(by("bot"))).lease().pause()).isNull();
    }

    @Test
    void theKeyCanNotBeClosed() {
        pause();

        assertThat(refusal(() -> leases.release("main", "bot", true))).isEqualTo(Refusal.PAUSED);
        assertThat(daemon.lease("main")).isNotNull();
        assertNoCall();
    }

    @Test
    void theLastHolderLeavesWithoutACall() {
        pause();

        assertThat(done(leases.leave("main", "bot"))).isFalse();
        assertThat(daemon.lease("main")).isNull();
        assertNoCall();
    }

    @Test
    void aKeyThatDiedMeanwhileCountsAsClosed() {
        pause();
        daemon.runUntil(at(3601));

        done(leases.release("main", "bot", true));

        assertThat(daemon.lease("main")).isNull();
        assertNoCall();
    }

    @Test
    void whoIsNotTheLastHolderLeaves() {
        done(leases.register(by("second")));
        pause();

        assertThat(done(leases.leave("main", "second"))).isFalse();
        assertThat(daemon.lease("main").registration().holders()).containsExactly("bot");
        assertNoCall();
    }

    @Test
    void onLossChangesWithoutACall() {
        pause();

        done(leases.register(request("main", null, null, OnLoss.REPORT, "bot")));

        assertThat(daemon.lease("main").onLoss()).isEqualTo(OnLoss.REPORT);
        assertNoCall();
    }
}
