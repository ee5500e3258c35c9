package dev.listenkeyd.registration;

import static dev.listenkeyd.lease.Given.API_KEY;
import static dev.listenkeyd.lease.Given.T0;
import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.Given.failed;
import static dev.listenkeyd.lease.Given.paused;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.API_KEY_DIFFERS;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.CREDENTIALS_REFUSED;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.FORBIDDEN;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.STORE_UNAVAILABLE;
import static dev.listenkeyd.lease.LeaseRefused.Refusal.UPSTREAM_UNAVAILABLE;
import static dev.listenkeyd.lease.OnLoss.RECREATE;
import static dev.listenkeyd.lease.OnLoss.REPORT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.ScriptedGateway;
import dev.listenkeyd.lease.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Another API key, and the rights of other clients. */
@NullUnmarked
class ApiKeyReplacementTest extends LeasesFixture {

    @Test
    void anAcceptedApiKeyReplacesTheOldOne() {
        done(leases.register(by("bot")));

        done(leases.register(request("main", NEW_API_KEY, null, null, "bot")));

        assertThat(daemon.lease("main").registration().apiKey()).isEqualTo(NEW_API_KEY);
        assertThat(daemon.store.rows.get("main").registration().apiKey()).isEqualTo(NEW_API_KEY);
        assertThat(daemon.lease("main").generation()).isEqualTo(1);
    }

    @Test
    void anApiKeyIsTriedWithItself() {
        done(leases.register(by("bot")));
        List<Secret> tried = new ArrayList<>();
        gateway.then("main", lease -> {
            tried.add(lease.registration().apiKey());
            return failed(Reason.CREDENTIALS_REFUSED);
        });

        refusal(() -> leases.register(request("main", NEW_API_KEY, null, null, "bot")));

        assertThat(tried).containsExactly(NEW_API_KEY);
    }

    @ParameterizedTest
    @EnumSource(
            value = Reason.class,
            names = {"CREDENTIALS_REFUSED", "UNREACHABLE", "THROTTLED"})
    void anApiKeyThatDidNotWorkChangesNothing(Reason reason) {
        Lease before = done(leases.register(by("bot"))).lease();
        gateway.then("main", failed(reason));

        Refusal refusal = refusal(() -> leases.register(request("main", NEW_API_KEY, null, null, "bot")));

        assertThat(refusal)
                .isEqualTo(reason == Reason.CREDENTIALS_REFUSED ? CREDENTIALS_REFUSED : UPSTREAM_UNAVAILABLE);
        assertThat(daemon.lease("main").registration().apiKey()).isEqualTo(API_KEY);
        assertThat(daemon.lease("main").state()).isEqualTo(before.state());
        assertThat(daemon.lease("main").expiresAt()).isEqualTo(before.expiresAt());
    }

    @Test
    void anApiKeyThatCouldNotBeTriedChangesNothing() {
        done(leases.register(by("bot")));
        Given.call(daemon.gate, paused(Reason.BANNED, at(600)));
        CompletionStage<Registered> stage = leases.register(request("main", NEW_API_KEY, null, null, "bot"));

        daemon.tickAt(at(5));
        daemon.runUntil(at(700));

        assertThat(refusal(() -> stage)).isEqualTo(UPSTREAM_UNAVAILABLE);
        assertThat(daemon.lease("main").registration().apiKey()).isEqualTo(API_KEY);
    }

    @Test
    void whoComesWithARefusedApiKeyDoesNotBecomeAHolder() {
        done(leases.register(by("bot")));
        gateway.then("main", failed(Reason.CREDENTIALS_REFUSED));

        refusal(() -> leases.register(request("main", NEW_API_KEY, null, REPORT, "stranger")));

        assertThat(daemon.lease("main").registration().holders()).containsExactly("bot");
        assertThat(daemon.lease("main").onLoss()).isEqualTo(RECREATE);
    }

    @Test
    void anotherApiKeyIsRefusedUnlessItsReplacementIsAskedFor() {
        done(leases.register(by("bot")));
        RegistrationRequest unasked = new RegistrationRequest("main", NEW_API_KEY, false, null, null, "bot", CLIENT);

        assertThat(refusal(() -> leases.register(unasked))).isEqualTo(API_KEY_DIFFERS);

        assertThat(daemon.lease("main").registration().apiKey()).isEqualTo(API_KEY);
        assertThat(gateway.said()).containsExactly("POST main");
        RegistrationRequest sameKey = new RegistrationRequest("main", API_KEY, false, null, null, "bot", CLIENT);
        assertThat(refusal(() -> leases.register(sameKey))).isNull();
    }

    /** Its caller is told that nothing was changed: then the old key must be in force, now and after a restart. */
    @Test
    void anApiKeyThatCouldNotBeWrittenIsNotInForce() {
        done(leases.register(by("bot")));
        gateway.then("main", lease -> {
            daemon.store.down = true;
            return new Confirmed(T0, ScriptedGateway.keyOf("main"), null);
        });

        Refusal refusal = refusal(() -> leases.register(request("main", NEW_API_KEY, null, null, "second")));

        assertThat(refusal).isEqualTo(STORE_UNAVAILABLE);
        assertThat(daemon.lease("main").registration().apiKey()).isEqualTo(API_KEY);
        daemon.store.down = false;
        daemon.tick();
        daemon.tick();
        Registration stored = daemon.store.rows.get("main").registration();
        assertThat(stored.apiKey()).isEqualTo(API_KEY);
        assertThat(stored.holders()).containsExactly("bot");
    }

    static Stream<RegistrationRequest> diversions() {
        return Stream.of(
                request("main", NEW_API_KEY, null, null, "thief", "thief"),
                new RegistrationRequest("main", NEW_API_KEY, false, null, null, "thief", "thief"),
                request("main", null, null, REPORT, "thief", "thief"));
    }

    @ParameterizedTest
    @MethodSource("diversions")
    void aLeaseThatAnotherClientHoldsIsNotDiverted(RegistrationRequest diversion) {
        done(leases.register(request("main", API_KEY, null, null, "bot", "trader")));
        Lease before = daemon.lease("main");

        assertThat(refusal(() -> leases.register(diversion))).isEqualTo(FORBIDDEN);

        assertThat(daemon.lease("main")).isEqualTo(before);
        assertThat(gateway.said()).containsExactly("POST main");
        // Not even by a holder of its own that it got before.
        done(leases.register(request("main", null, null, null, "thief", "thief")));
        assertThat(refusal(() -> leases.register(diversion))).isEqualTo(FORBIDDEN);
    }

    @Test
    void aLeaseThatTheConfigurationHoldsIsNotDiverted() {
        leases.restore(Set.of("configured"));
        daemon.tick();

        assertThat(refusal(() -> leases.register(request("configured", null, null, REPORT, "bot"))))
                .isEqualTo(FORBIDDEN);
        assertThat(refusal(() -> leases.register(request("configured", null, null, RECREATE, "bot"))))
                .isNull();
    }

    @Test
    void aClientChangesWhatIsItsOwn() {
        done(leases.register(request("main", API_KEY, null, null, "a", "trader")));
        done(leases.register(request("main", null, null, null, "b", "trader")));

        done(leases.register(request("main", null, null, REPORT, "b", "trader")));

        assertThat(daemon.lease("main").onLoss()).isEqualTo(REPORT);
    }
}
