package dev.listenkeyd.app;

import dev.listenkeyd.access.AuthFailures;
import dev.listenkeyd.access.Clients;
import dev.listenkeyd.approval.Approvals;
import dev.listenkeyd.audit.AuditRateLimit;
import dev.listenkeyd.binance.ApiKeys;
import dev.listenkeyd.binance.BinanceGateway;
import dev.listenkeyd.binance.ExchangeApi;
import dev.listenkeyd.binance.ExchangeCalls;
import dev.listenkeyd.binance.ExchangeClient;
import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.budget.LimitWatch;
import dev.listenkeyd.config.Settings;
import dev.listenkeyd.config.SettingsReader;
import dev.listenkeyd.connection.Closings;
import dev.listenkeyd.connection.Connections;
import dev.listenkeyd.forecast.Forecast;
import dev.listenkeyd.forecast.OutageSimulation;
import dev.listenkeyd.mcp.calls.PolicyFiles;
import dev.listenkeyd.policy.Counters;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.registration.OnDemandRenewals;
import dev.listenkeyd.renewal.Confirmation;
import dev.listenkeyd.renewal.EngineContext;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalEngine;
import dev.listenkeyd.telemetry.AccountCollector;
import dev.listenkeyd.telemetry.AccountLosses;
import dev.listenkeyd.telemetry.FleetLog;
import dev.listenkeyd.telemetry.LeaseCollector;
import dev.listenkeyd.telemetry.LoopWatch;
import dev.listenkeyd.telemetry.RenewalLog;
import dev.listenkeyd.telemetry.RenewalMeters;
import io.micrometer.core.instrument.MeterRegistry;
import io.prometheus.client.CollectorRegistry;
import io.quarkus.runtime.Startup;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.virtual.threads.VirtualThreads;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.eclipse.microprofile.config.Config;

/** What the process is made of: plain objects, put together once. */
@Singleton
final class Beans {

    @Produces
    @Singleton
    Settings settings(Config config) {
        return SettingsReader.read(config);
    }

    @Produces
    @Singleton
    InstantSource clock() {
        // The exchange, the store and the API count in milliseconds; a finer instant would differ from its own record.
        return Clock.tickMillis(ZoneOffset.UTC);
    }

    @Produces
    @Singleton
    ExchangeGate gate(Settings settings, InstantSource clock) {
        ExchangeGate gate = new ExchangeGate(settings.budget(), clock, System::nanoTime);
        gate.awaitLimit();
        return gate;
    }

    @Produces
    @Singleton
    LongSupplier nanoTime() {
        return System::nanoTime;
    }

    @Produces
    @Singleton
    Clients clients(Settings settings) {
        return new Clients(settings.clients());
    }

    @Produces
    @Startup
    @Singleton
    AuthFailures failedCalls(MeterRegistry registry, LongSupplier nanoTime) {
        return new AuthFailures(registry, nanoTime);
    }

    @Produces
    @Singleton
    Connections connections(Settings settings, MeterRegistry registry, LongSupplier nanoTime) {
        return new Connections(settings.api().maxConnections(), nanoTime, new Closings(registry, nanoTime));
    }

    @Produces
    @Singleton
    PolicyFiles policyFiles(Settings settings, MeterRegistry registry) {
        return new PolicyFiles(settings.agents().policy(), settings.agents().policies(), registry);
    }

    @Produces
    @Singleton
    Approvals approvals(Settings settings, InstantSource clock, LongSupplier nanoTime, SecureRandom random) {
        return new Approvals(settings.agents().patience(), clock, nanoTime, () -> {
            byte[] id = new byte[16];
            random.nextBytes(id);
            return HexFormat.of().formatHex(id);
        });
    }

    @Produces
    @Singleton
    AuditRateLimit auditRateLimit(LongSupplier nanoTime) {
        return new AuditRateLimit(nanoTime);
    }

    @Produces
    @Singleton
    Counters counters() {
        return new Counters();
    }

    @Produces
    @Singleton
    ExchangeApi exchangeApi(Settings settings, Vertx vertx) {
        Settings.Exchange exchange = settings.exchange();
        return ExchangeClient.create(exchange.url(), exchange.connectTimeout(), exchange.callTimeout(), vertx);
    }

    @Produces
    @Singleton
    ApiKeys apiKeys(Settings settings) {
        return new ApiKeys(settings.accounts().keys(), settings.accounts().files());
    }

    @Produces
    @Singleton
    BinanceGateway gateway(ExchangeCalls calls, ApiKeys apiKeys, ExchangeGate gate, InstantSource clock) {
        return new BinanceGateway(calls, apiKeys, gate, clock);
    }

    @Produces
    @Singleton
    SecureRandom secureRandom() {
        return new SecureRandom();
    }

    @Produces
    @Singleton
    EngineContext context(
            InstantSource clock,
            @VirtualThreads ExecutorService executor,
            RenewalLog log,
            FleetLog fleetLog,
            RenewalMeters meters,
            AccountLosses losses) {
        return new EngineContext(
                clock,
                System::nanoTime,
                () -> ThreadLocalRandom.current().nextDouble(),
                executor,
                event -> {
                    log.observe(event);
                    meters.observe(event);
                    losses.observe(event);
                },
                event -> {
                    fleetLog.observe(event);
                    meters.observe(event);
                });
    }

    @Produces
    @Singleton
    RenewalEngine engine(
            LeaseRegistry registry,
            ExchangeGate gate,
            BinanceGateway gateway,
            Settings settings,
            EngineContext context) {
        return new RenewalEngine(registry, gate, gateway, settings.policy(), settings.confirmation(), context);
    }

    @Produces
    @Singleton
    LimitWatch limitWatch(
            RenewalEngine engine,
            LeaseRegistry registry,
            BinanceGateway gateway,
            ExchangeGate gate,
            Settings settings) {
        LimitWatch.Demand demand = new LimitWatch.Demand(
                settings.policy().ttl(),
                settings.policy().meanInterval(),
                () -> registry.all().size(),
                engine::callsNeeded);
        return new LimitWatch(gate, gateway, demand, engine::onEvent, System::nanoTime);
    }

    @Produces
    @Singleton
    Leases leases(
            LeaseRegistry registry, RenewalEngine engine, EngineContext context, ApiKeys apiKeys, Settings settings) {
        return new Leases(
                registry,
                engine,
                context,
                apiKeys.accounts(),
                settings.leasesMax(),
                settings.exchange().callTimeout());
    }

    @Produces
    @Singleton
    OnDemandRenewals renewals(
            Leases leases, RenewalEngine engine, ExchangeGate gate, InstantSource clock, Settings settings) {
        return new OnDemandRenewals(
                leases, engine, gate, clock, settings.exchange().callTimeout());
    }

    @Produces
    @Singleton
    Forecast forecast(Settings settings) {
        return new Forecast(settings.policy());
    }

    @Produces
    @Singleton
    OutageSimulation outageSimulation(Settings settings, InstantSource clock) {
        // By the gate's own monotonic time, in which the copy goes on.
        return new OutageSimulation(settings.policy(), settings.confirmation(), clock, System::nanoTime);
    }

    /** One for all: the default of the metrics extension makes a new one wherever it is injected. */
    @Produces
    @Singleton
    CollectorRegistry collectorRegistry() {
        return new CollectorRegistry(true);
    }

    @Produces
    @Singleton
    LeaseCollector leaseCollector(
            LeaseRegistry registry,
            RenewalEngine engine,
            ExchangeGate gate,
            Forecast forecast,
            InstantSource clock,
            Confirmation confirmation) {
        return new LeaseCollector(registry, engine::isRecreationThrottled, gate, forecast, clock, confirmation);
    }

    @Produces
    @Singleton
    AccountCollector accountCollector(
            LeaseRegistry registry,
            ExchangeGate gate,
            Forecast forecast,
            AccountLosses losses,
            InstantSource clock,
            Settings settings) {
        return new AccountCollector(
                registry, gate, forecast, losses, clock, settings.api().maxAccounts());
    }

    @Produces
    @Singleton
    Confirmation confirmation(Settings settings) {
        return settings.confirmation();
    }

    /** Registers the gauges that are computed when they are scraped. */
    void register(
            @Observes StartupEvent event,
            CollectorRegistry registry,
            LeaseCollector leases,
            AccountCollector accounts,
            LoopWatch loop) {
        registry.register(leases);
        registry.register(accounts);
        registry.register(loop.gauge());
    }

    /**
     * Makes the client of the exchange on this thread. Made later, by the first call of the API, it would belong to the
     * API's server, and end with it: before the drain, in the middle of calls.
     */
    void makeClient(@Observes StartupEvent event, ExchangeApi api) {}
}
