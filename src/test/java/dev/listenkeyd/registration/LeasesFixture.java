package dev.listenkeyd.registration;

import static dev.listenkeyd.lease.Given.API_KEY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.ScriptedGateway;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.simulation.CoreInVirtualTime;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.NullUnmarked;

/** The whole core in virtual time, with helpers for tests of registrations. */
@NullUnmarked
abstract class LeasesFixture {
    static final Secret NEW_API_KEY = new Secret("new-api-key");
    /** The only one of an open API. */
    static final String CLIENT = "default";

    final CoreInVirtualTime daemon = new CoreInVirtualTime();
    final ScriptedGateway gateway = daemon.gateway;
    final Leases leases = daemon.leases;

    static RegistrationRequest by(String holder) {
        return request("main", API_KEY, null, null, holder);
    }

    static RegistrationRequest request(String account, Secret apiKey, Secret listenKey, OnLoss onLoss, String holder) {
        return request(account, apiKey, listenKey, onLoss, holder, CLIENT);
    }

    /** Replaces the API key where it is the new one. */
    static RegistrationRequest request(
            String account, Secret apiKey, Secret listenKey, OnLoss onLoss, String holder, String client) {
        return new RegistrationRequest(account, apiKey, NEW_API_KEY.equals(apiKey), listenKey, onLoss, holder, client);
    }

    <T> T done(CompletionStage<T> stage) {
        daemon.executor.runAll();
        return stage.toCompletableFuture().join();
    }

    /** Null when it was granted. */
    Refusal refusal(Supplier<CompletionStage<?>> call) {
        try {
            done(call.get());
            return null;
        } catch (LeaseRefused refused) {
            return refused.refusal();
        } catch (CompletionException e) {
            assertThat(e).hasCauseInstanceOf(LeaseRefused.class);
            return ((LeaseRefused) causeOf(e)).refusal();
        }
    }

    static Throwable causeOf(Throwable thrown) {
        return thrown instanceof CompletionException ? thrown.getCause() : thrown;
    }
}
