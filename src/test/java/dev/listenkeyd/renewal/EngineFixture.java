package dev.listenkeyd.renewal;

import static dev.listenkeyd.lease.Given.T0;
import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.OnLoss.RECREATE;

import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.ScriptedGateway;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.simulation.CoreInVirtualTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.NullUnmarked;

/** The whole core in virtual time, with helpers for tests of the engine. */
@NullUnmarked
abstract class EngineFixture {
    final CoreInVirtualTime daemon = new CoreInVirtualTime();
    final ScriptedGateway gateway = daemon.gateway;
    final List<CompletableFuture<AttemptResult>> requests = new ArrayList<>();

    static boolean isOf(RenewalEvent event, String account) {
        return event.lease().account().equals(account);
    }

    /** A key confirmed at T0. */
    static Lease due(String account, double next, double deadline) {
        ListenKey key = new ListenKey(new Secret("old-key-of-" + account), T0, T0, at(deadline));
        Registration registration = Given.registration(account, RECREATE);
        return new Lease(registration, 1, key, new Active(at(next)), null, null, 1);
    }
}
