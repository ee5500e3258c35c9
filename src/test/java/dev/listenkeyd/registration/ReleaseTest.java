package dev.listenkeyd.registration;

import static dev.listenkeyd.lease.Given.API_KEY;
import static dev.listenkeyd.lease.Given.OTHER;
import static dev.listenkeyd.lease.Given.OURS;
import static dev.listenkeyd.lease.Given.T0;
import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.Given.failed;
import static dev.listenkeyd.lease.Given.paused;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.HOLDERS_REMAIN;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.NOT_FOUND;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.STORE_UNAVAILABLE;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.UPSTREAM_UNAVAILABLE;
import static dev.listenkeyd.lease.OnLoss.RECREATE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.lease.ScriptedGateway;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** Releases, and leases that end during a call. */
@NullUnmarked
class ReleaseTest extends LeasesFixture {

    @Test
    void aLeaseThatIsReleasedDuringACallIsNotAnsweredAsIfItWereThere() {
        done(leases.register(request("main", API_KEY, OURS, RECREATE, "bot")));
        gateway.then("main", lease -> {
            leases.release("main", "bot", false);
            return new Confirmed(T0, ScriptedGateway.keyOf("main"), null);
        });

        Refusal refusal = refusal(() -> leases.register(request("main", null, OTHER, null, "late")));

        assertThat(refusal).isNotNull();
        assertThat(daemon.lease("main")).isNull();
        assertThat(daemon.store.rows).isEmpty();
    }

    @Test
    void whoJoinsWhileTheLastHolderLeavesGetsALeaseOfItsOwn() {
        done(leases.register(by("bot")));
        daemon.store.hanging = true;
        CompletionStage<Void> released = leases.release("main", "bot", false);
        CompletionStage<Registered> late = leases.register(by("late"));

        daemon.store.release();

        done(released);
        assertThat(done(late).created()).isTrue();
        assertThat(daemon.lease("main").registration().holders()).containsExactly("late");
        assertThat(daemon.store.rows.get("main").registration().holders()).containsExactly("late");
    }

    @Test
    void theLeaseGoesOnUntilItsLastHolderLeavesAndItsKeyIsNeverClosedUnasked() {
        done(leases.register(by("a")));
        done(leases.register(by("b")));

        done(leases.release("main", "a", false));
        assertThat(daemon.lease("main").registration().holders()).containsExactly("b");

        done(leases.release("main", "b", false));
        assertThat(daemon.lease("main")).isNull();
        assertThat(daemon.store.rows).isEmpty();
        daemon.runUntil(at(4000));
        assertThat(gateway.said()).containsExactly("POST main");
    }

    @Test
    void whoHoldsNothingReleasesNothing() {
        done(leases.register(by("a")));

        assertThat(refusal(() -> leases.release("main", "stranger", false))).isEqualTo(NOT_FOUND);
        assertThat(refusal(() -> leases.release("nobody", "a", false))).isEqualTo(NOT_FOUND);
        assertThat(daemon.lease("main")).isNotNull();
    }

    @Test
    void aReleaseThatCannotBeStoredLeavesEverythingAsItWas() {
        done(leases.register(by("a")));
        daemon.store.down = true;

        assertThat(refusal(() -> leases.release("main", "a", false))).isEqualTo(STORE_UNAVAILABLE);

        daemon.runUntil(at(1500));
        assertThat(gateway.said()).containsExactly("POST main", "PUT main");
    }

    @Test
    void aReleaseOfOneOfTwoThatCannotBeStoredIsTakenBack() {
        done(leases.register(by("a")));
        done(leases.register(by("b")));
        daemon.store.down = true;

        assertThat(refusal(() -> leases.release("main", "a", false))).isEqualTo(STORE_UNAVAILABLE);

        assertThat(daemon.lease("main").registration().holders()).containsExactly("a", "b");
    }

    @Test
    void onlyTheLastHolderClosesTheKey() {
        done(leases.register(by("a")));
        done(leases.register(by("b")));

        assertThat(refusal(() -> leases.release("main", "a", true))).isEqualTo(HOLDERS_REMAIN);
        assertThat(daemon.lease("main").registration().holders()).containsExactly("a", "b");
        assertThat(gateway.said()).containsExactly("POST main");

        done(leases.release("main", "a", false));
        done(leases.release("main", "b", true));
        assertThat(gateway.said()).containsExactly("POST main", "DELETE main");
        assertThat(daemon.lease("main")).isNull();
    }

    @Test
    void aKeyThatCouldNotBeClosedIsKeptAlive() {
        done(leases.register(by("bot")));
        gateway.then("main", failed(Reason.UNREACHABLE));

        assertThat(refusal(() -> leases.release("main", "bot", true))).isEqualTo(UPSTREAM_UNAVAILABLE);

        daemon.runUntil(at(1500));
        assertThat(gateway.said()).containsExactly("POST main", "DELETE main", "PUT main");
    }

    @Test
    void aCloseThatCouldNotLeaveInTimeIsForgotten() {
        done(leases.register(by("bot")));
        Given.call(daemon.gate, paused(Reason.BANNED, at(60)));
        CompletionStage<Void> stage = leases.release("main", "bot", true);

        daemon.tickAt(at(5));
        daemon.runUntil(at(120));

        assertThat(refusal(() -> stage)).isEqualTo(UPSTREAM_UNAVAILABLE);
        assertThat(gateway.said()).doesNotContain("DELETE main");
        assertThat(daemon.lease("main")).isNotNull();
    }

    @Test
    void aKeyThatAnotherAccountOfOursUsesIsNotClosed() {
        gateway.always("twin", lease -> new Confirmed(T0, ScriptedGateway.keyOf("main"), null));
        done(leases.register(by("bot")));
        done(leases.register(request("twin", API_KEY, null, null, "bot")));

        assertThat(refusal(() -> leases.release("main", "bot", true))).isEqualTo(HOLDERS_REMAIN);
        assertThat(gateway.said()).doesNotContain("DELETE main");
    }

    @Test
    void nothingIsClosedWhereNoKeyLives() {
        gateway.then("main", failed(Reason.UNREACHABLE));
        done(leases.register(by("bot")));

        done(leases.release("main", "bot", true));

        assertThat(gateway.said()).containsExactly("POST main");
        assertThat(daemon.lease("main")).isNull();
    }

    @Test
    void whoRegistersWhileTheKeyIsBeingClosedGetsANewLease() {
        done(leases.register(by("bot")));
        List<CompletionStage<Registered>> late = new ArrayList<>();
        gateway.then("main", lease -> {
            late.add(leases.register(by("late")));
            return new Renewed(T0);
        });

        done(leases.release("main", "bot", true));

        assertThat(done(late.get(0)).created()).isTrue();
        assertThat(daemon.lease("main").registration().holders()).containsExactly("late");
        assertThat(gateway.said()).containsExactly("POST main", "DELETE main", "POST main");
    }
}
