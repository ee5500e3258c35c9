package dev.listenkeyd.simulation;

import dev.listenkeyd.forecast.Forecast;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.RenewalEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.NullUnmarked;

/** A simulated world in which nothing goes wrong but what a test does to it. */
@NullUnmarked
final class FaultFreeWorld implements AutoCloseable {
    final Simulation simulation;

    FaultFreeWorld(SimulationSetup setup) {
        this(setup, exchange -> {});
    }

    /** @param prepared what the exchange is like before the first process starts */
    FaultFreeWorld(SimulationSetup setup, Consumer<SimulatedExchange> prepared) {
        simulation = new Simulation(setup, prepared);
        simulation.weather.hiccups = 0;
        new SimulatedClients(simulation).arrive();
    }

    FaultFreeWorld after(Duration time) {
        simulation.runFor(time);
        return this;
    }

    FaultFreeWorld observedBy(Consumer<RenewalEvent> observer) {
        simulation.observer = observer;
        return this;
    }

    /** Everybody's key is about to die when it ends: no call of that time is answered. */
    FaultFreeWorld outage(Duration time, NetworkConditions.Fate kind) {
        simulation.faults.outage(time.toMillis(), kind);
        simulation.runFor(time);
        return this;
    }

    /** What is under way when it begins makes it a little longer. */
    FaultFreeWorld ban(Duration time) {
        simulation.exchange.bannedUntil = simulation.agenda.now() + time.toMillis();
        simulation.look();
        simulation.runFor(time);
        simulation.runFor(Duration.ofMillis(simulation.exchange.bannedUntil - simulation.agenda.now()));
        return this;
    }

    long lost() {
        return simulation.expired;
    }

    double survivableOutageSeconds() {
        SimulatedDaemon daemon = simulation.process;
        return Forecast.survivableOutageSeconds(
                daemon.registry.all(), daemon.gate.perSecond(), simulation.clocks.instant());
    }

    /** How many keys alive now must die, whoever renews them: the budget's calls leave at once, and again every window. */
    long doomed() {
        Instant now = simulation.clocks.instant();
        long[] deadlines = simulation.process.registry.all().stream()
                .map(Lease::expiresAt)
                .filter(Objects::nonNull)
                .mapToLong(deadline -> Duration.between(now, deadline).toMillis())
                .sorted()
                .toArray();
        long window = simulation.setup.budget().window().toMillis();
        int weight = simulation.setup.budget().weight();
        int saved = 0;
        for (long deadline : deadlines) {
            saved += deadline > saved / weight * window ? 1 : 0;
        }
        return (long) deadlines.length - saved;
    }

    @Override
    public void close() {
        simulation.close();
    }
}
