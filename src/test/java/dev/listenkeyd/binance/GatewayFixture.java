package dev.listenkeyd.binance;

import dev.listenkeyd.budget.Budget;
import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.Secret;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A gateway to any server, without the daemon's timeout and breaker around its calls; and failures of calls. */
final class GatewayFixture {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(20);

    private GatewayFixture() {}

    static BinanceGateway gateway(URI url, Duration callTimeout, Vertx vertx) {
        ExchangeApi api = ExchangeClient.create(url, CONNECT_TIMEOUT, callTimeout, null, vertx);
        InstantSource clock = InstantSource.system();
        ExchangeGate gate = new ExchangeGate(new Budget(100, Duration.ofMinutes(1), 0), clock, System::nanoTime);
        return new BinanceGateway(new ExchangeCalls(api), new ApiKeys(Map.of(), Map.of()), gate, clock);
    }

    static Registration registration(@Nullable String apiKey) {
        return new Registration(
                "main", apiKey == null ? null : new Secret(apiKey), OnLoss.RECREATE, "bot", Instant.EPOCH);
    }

    static Lease lease(@Nullable String apiKey) {
        return Lease.registered(registration(apiKey), null);
    }

    static Failure failure(RenewalOutcome outcome) {
        Failure failure = outcome.failed();
        if (failure == null) {
            throw new AssertionError("not a failure: " + outcome);
        }
        return failure;
    }
}
