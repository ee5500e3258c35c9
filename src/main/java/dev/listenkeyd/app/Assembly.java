package dev.listenkeyd.app;

import dev.listenkeyd.access.Clients;
import dev.listenkeyd.access.FailedCalls;
import dev.listenkeyd.approval.ApprovalMeters;
import dev.listenkeyd.approval.Approvals;
import dev.listenkeyd.binance.ApiKeys;
import dev.listenkeyd.binance.BinanceGateway;
import dev.listenkeyd.binance.ExchangeApi;
import dev.listenkeyd.binance.ExchangeCalls;
import dev.listenkeyd.binance.ExchangeClient;
import dev.listenkeyd.connection.Closings;
import dev.listenkeyd.connection.Connections;
import dev.listenkeyd.mcp.PolicyFiles;
import dev.listenkeyd.policy.Counters;
import dev.listenkeyd.renewal.Confirmation;
import dev.listenkeyd.renewal.ExchangeGate;
import dev.listenkeyd.renewal.LeaseBook;
import dev.listenkeyd.renewal.Leases;
import dev.listenkeyd.renewal.LimitWatch;
import dev.listenkeyd.renewal.Prognosis;
import dev.listenkeyd.renewal.Rehearsal;
import dev.listenkeyd.renewal.RenewalEngine;
import dev.listenkeyd.renewal.Renewals;
import dev.listenkeyd.renewal.Surroundings;
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
final class Assembly {

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
    LongSupplier monotonicTime() {
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
    FailedCalls failedCalls(MeterRegistry registry, LongSupplier monotonicTime) {
        return new FailedCalls(registry, monotonicTime);
    }

    @Produces
    @Singleton
    Connections connections(Settings settings, MeterRegistry registry, LongSupplier monotonicTime) {
        return new Connections(settings.api().maxConnections(), monotonicTime, new Closings(registry, monotonicTime));
    }

    @Produces
    @Singleton
    PolicyFiles policyFiles(Settings settings, MeterRegistry registry) {
        return new PolicyFiles(settings.agents().policy(), settings.agents().policies(), registry);
    }

    @Produces
    @Singleton
    Approvals approvals(Settings settings, InstantSource clock, LongSupplier monotonicTime, SecureRandom random) {
        return new Approvals(settings.agents().patience(), clock, monotonicTime, () -> {
            byte[] id = new byte[16];
            random.nextBytes(id);
            return HexFormat.of().formatHex(id);
        });
    }

    @Produces
    @Startup
    @Singleton
    ApprovalMeters approvalMeters(Approvals approvals, MeterRegistry registry) {
        return new ApprovalMeters(approvals, registry);
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
    Surroundings surroundings(
            InstantSource clock,
            @VirtualThreads ExecutorService executor,
            RenewalLog log,
            FleetLog fleetLog,
            RenewalMeters meters,
            AccountLosses losses) {
        return new Surroundings(
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
            LeaseBook book, ExchangeGate gate, BinanceGateway gateway, Settings settings, Surroundings surroundings) {
        return new RenewalEngine(book, gate, gateway, settings.policy(), settings.confirmation(), surroundings);
    }

    @Produces
    @Singleton
    LimitWatch limitWatch(
            RenewalEngine engine, LeaseBook book, BinanceGateway gateway, ExchangeGate gate, Settings settings) {
        LimitWatch.Demand demand = new LimitWatch.Demand(() -> book.all().size(), engine::callsNeeded);
        return new LimitWatch(gate, gateway, settings.policy(), demand, engine::happened, System::nanoTime);
    }

    @Produces
    @Singleton
    Leases leases(LeaseBook book, RenewalEngine engine, Surroundings surroundings, ApiKeys apiKeys, Settings settings) {
        return new Leases(
                book,
                engine,
                surroundings,
                apiKeys.accounts(),
                settings.leasesMax(),
                settings.exchange().callTimeout());
    }

    @Produces
    @Singleton
    Renewals renewals(Leases leases, RenewalEngine engine, ExchangeGate gate, InstantSource clock, Settings settings) {
        return new Renewals(leases, engine, gate, clock, settings.exchange().callTimeout());
    }

    @Produces
    @Singleton
    Prognosis prognosis(Settings settings) {
        return new Prognosis(settings.policy());
    }

    @Produces
    @Singleton
    Rehearsal rehearsal(Settings settings, InstantSource clock) {
        // By the gate's own monotonic time, in which the copy goes on.
        return new Rehearsal(settings.policy(), settings.confirmation(), clock, System::nanoTime);
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
            LeaseBook book,
            RenewalEngine engine,
            ExchangeGate gate,
            Prognosis prognosis,
            InstantSource clock,
            Confirmation confirmation) {
        return new LeaseCollector(book, engine::isRecreationSlowed, gate, prognosis, clock, confirmation);
    }

    @Produces
    @Singleton
    AccountCollector accountCollector(
            LeaseBook book,
            ExchangeGate gate,
            Prognosis prognosis,
            AccountLosses losses,
            InstantSource clock,
            Settings settings) {
        return new AccountCollector(
                book, gate, prognosis, losses, clock, settings.api().maxAccounts());
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
