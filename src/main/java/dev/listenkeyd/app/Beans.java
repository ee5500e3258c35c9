package dev.listenkeyd.app;

import dev.listenkeyd.access.AuthFailures;
import dev.listenkeyd.access.Clients;
import dev.listenkeyd.binance.ApiKeys;
import dev.listenkeyd.binance.BinanceGateway;
import dev.listenkeyd.binance.ExchangeApi;
import dev.listenkeyd.binance.ExchangeCalls;
import dev.listenkeyd.binance.ExchangeClient;
import dev.listenkeyd.budget.ExchangeGate;
import dev.listenkeyd.budget.LimitWatch;
import dev.listenkeyd.config.Settings;
import dev.listenkeyd.config.SettingsReader;
import dev.listenkeyd.connection.ConnectionMeters;
import dev.listenkeyd.connection.Connections;
import dev.listenkeyd.fleet.FleetStore;
import dev.listenkeyd.forecast.Forecast;
import dev.listenkeyd.forecast.OutageSimulation;
import dev.listenkeyd.lease.WatchedStreams;
import dev.listenkeyd.notify.ChangeWaiters;
import dev.listenkeyd.notify.EventFeed;
import dev.listenkeyd.notify.LeaseEvents;
import dev.listenkeyd.notify.Webhooks;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.registration.OnDemandRenewals;
import dev.listenkeyd.registration.OtherReplicas;
import dev.listenkeyd.renewal.Confirmation;
import dev.listenkeyd.renewal.EngineContext;
import dev.listenkeyd.renewal.LeaseRegistry;
import dev.listenkeyd.renewal.RenewalEngine;
import dev.listenkeyd.store.Store;
import dev.listenkeyd.telemetry.AccountLosses;
import dev.listenkeyd.telemetry.AccountSeries;
import dev.listenkeyd.telemetry.EventMeters;
import dev.listenkeyd.telemetry.FleetLog;
import dev.listenkeyd.telemetry.LeaseCollector;
import dev.listenkeyd.telemetry.LoopWatch;
import dev.listenkeyd.telemetry.RenewalMeters;
import io.micrometer.core.instrument.MeterRegistry;
import io.prometheus.client.CollectorRegistry;
import io.quarkus.runtime.Startup;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.virtual.threads.VirtualThreads;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.eclipse.microprofile.config.Config;

/** Builds the beans that are plain objects. */
@Singleton
final class Beans {

    @Singleton
    Settings settings(Config config) {
        StartReport.end("Quarkus");
        Settings settings = SettingsReader.read(config);
        StartReport.end("settings");
        return settings;
    }

    @Singleton
    InstantSource clock() {
        // The exchange, the store and the API count in milliseconds: a finer instant would differ from its stored copy.
        return Clock.tickMillis(ZoneOffset.UTC);
    }

    @Singleton
    ExchangeGate gate(Settings settings, InstantSource clock) {
        ExchangeGate gate = new ExchangeGate(settings.budget(), clock, System::nanoTime);
        gate.awaitLimit();
        return gate;
    }

    @Singleton
    LongSupplier nanoTime() {
        return System::nanoTime;
    }

    @Singleton
    Clients clients(Settings settings) {
        return new Clients(settings.clients());
    }

    @Startup
    @Singleton
    AuthFailures failedCalls(MeterRegistry registry, LongSupplier nanoTime) {
        return new AuthFailures(registry, nanoTime);
    }

    @Singleton
    Connections connections(Settings settings, MeterRegistry registry, LongSupplier nanoTime) {
        return new Connections(settings.api().maxConnections(), nanoTime, new ConnectionMeters(registry, nanoTime));
    }

    @Singleton
    ExchangeApi exchangeApi(Settings settings, Vertx vertx) {
        Settings.Exchange exchange = settings.exchange();
        return ExchangeClient.create(
                exchange.url(), exchange.connectTimeout(), exchange.callTimeout(), exchange.sourceAddress(), vertx);
    }

    @Singleton
    ApiKeys apiKeys(Settings settings) {
        return new ApiKeys(settings.accounts().keys(), settings.accounts().files());
    }

    @Singleton
    BinanceGateway gateway(ExchangeCalls calls, ApiKeys apiKeys, ExchangeGate gate, InstantSource clock) {
        return new BinanceGateway(calls, apiKeys, gate, clock);
    }

    @Singleton
    SecureRandom secureRandom() {
        return new SecureRandom();
    }

    @Singleton
    EventFeed feed(Store store, InstantSource clock, EventMeters meters) {
        FleetStore shared = store.fleet();
        return new EventFeed(store.events(), clock, meters::observe, shared == null ? "" : "-" + shared.id());
    }

    @Singleton
    ChangeWaiters changeWaiters(@VirtualThreads ExecutorService executor) {
        return new ChangeWaiters(executor);
    }

    @Singleton
    LeaseEvents leaseEvents(
            EventFeed feed,
            ChangeWaiters waiters,
            Webhooks webhooks,
            Forecast forecast,
            ExchangeGate gate,
            InstantSource clock) {
        return new LeaseEvents(feed, waiters, webhooks, forecast, gate, clock);
    }

    @Singleton
    LeaseRegistry registry(Store store, InstantSource clock, ChangeObservers observers, FleetLifecycle fleet) {
        boolean shared = store.fleet() != null;
        return new LeaseRegistry(
                store.leases(), clock, System::nanoTime, observers::observe, shared ? fleet::notOwned : null);
    }

    @Singleton
    EngineContext context(
            InstantSource clock,
            @VirtualThreads ExecutorService executor,
            FleetLog fleetLog,
            RenewalMeters meters,
            LeaseEvents events) {
        return new EngineContext(
                clock, System::nanoTime, () -> ThreadLocalRandom.current().nextDouble(), executor, event -> {
                    event.accept(fleetLog);
                    meters.observe(event);
                    events.observe(event);
                });
    }

    @Singleton
    RenewalEngine engine(
            LeaseRegistry registry,
            ExchangeGate gate,
            BinanceGateway gateway,
            Settings settings,
            EngineContext context) {
        return new RenewalEngine(registry, gate, gateway, settings.policy(), settings.confirmation(), context);
    }

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

    @Singleton
    Leases leases(
            LeaseRegistry registry,
            RenewalEngine engine,
            InstantSource clock,
            ApiKeys apiKeys,
            Settings settings,
            OtherReplicas others) {
        return new Leases(
                registry,
                engine,
                clock,
                new Leases.Limits(
                        apiKeys.accounts(),
                        settings.leasesMax(),
                        settings.exchange().callTimeout()),
                others);
    }

    @Singleton
    OnDemandRenewals renewals(
            Leases leases, RenewalEngine engine, ExchangeGate gate, InstantSource clock, Settings settings) {
        return new OnDemandRenewals(
                leases, engine, gate, clock, settings.exchange().callTimeout());
    }

    @Singleton
    Forecast forecast(Settings settings) {
        return new Forecast(settings.policy());
    }

    @Singleton
    OutageSimulation outageSimulation(Settings settings, InstantSource clock) {
        // By the gate's own monotonic time, in which the copy goes on.
        return new OutageSimulation(settings.policy(), settings.confirmation(), clock, System::nanoTime);
    }

    /** A single registry: the metrics extension's default makes a new one for each injection. */
    @Singleton
    CollectorRegistry collectorRegistry() {
        return new CollectorRegistry(true);
    }

    @Singleton
    AccountSeries accountSeries(Forecast forecast, AccountLosses losses, WatchedStreams streams, Settings settings) {
        return new AccountSeries(forecast, losses, streams, settings.api().maxAccounts());
    }

    @Singleton
    LeaseCollector leaseCollector(
            LeaseRegistry registry,
            RenewalEngine engine,
            ExchangeGate gate,
            AccountSeries accounts,
            Confirmation confirmation,
            InstantSource clock) {
        return new LeaseCollector(registry, engine::isRecreationThrottled, gate, accounts, confirmation, clock);
    }

    @Singleton
    Confirmation confirmation(Settings settings) {
        return settings.confirmation();
    }

    /** Registers the gauges that are computed when they are scraped. */
    void register(@Observes StartupEvent event, CollectorRegistry registry, LeaseCollector leases, LoopWatch loop) {
        registry.register(leases);
        registry.register(loop.gauge());
    }

    /**
     * Creates the exchange's client on this thread. Created by the API's first call, it would belong to the API's server and be
     * closed with it, before the drain.
     */
    void makeClient(@Observes StartupEvent event, ExchangeApi api) {}
}
