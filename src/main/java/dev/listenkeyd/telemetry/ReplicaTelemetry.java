package dev.listenkeyd.telemetry;

import dev.listenkeyd.encoding.WireWord;
import dev.listenkeyd.fleet.FleetListener.Takeover;
import dev.listenkeyd.fleet.Member;
import dev.listenkeyd.fleet.Replicas;
import dev.listenkeyd.lease.LeaseStore.StoreException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import jakarta.inject.Singleton;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import org.jboss.logging.Logger;

/** Shows the replicas that share a store, and logs when leases change their owner. */
@Singleton
public final class ReplicaTelemetry {
    private static final Logger LOG = Logger.getLogger("listenkeyd.replicas");

    private final MeterRegistry registry;
    private final MultiGauge leases;
    private final MultiGauge weights;
    private final Map<Takeover, Counter> takeovers = new EnumMap<>(Takeover.class);
    private boolean failing;
    private Map<String, Integer> known = Map.of();
    private Set<String> unreadable = Set.of();

    public ReplicaTelemetry(MeterRegistry registry) {
        this.registry = registry;
        this.leases = MultiGauge.builder("listenkey.replica.leases")
                .description("Leases that each live replica renews")
                .register(registry);
        this.weights = MultiGauge.builder("listenkey.replica.weight")
                .description("Request weight per window that each live replica may use, by which leases are spread")
                .register(registry);
        for (Takeover cause : Takeover.values()) {
            takeovers.put(
                    cause,
                    Counter.builder("listenkey.takeovers")
                            .description("Leases that this replica has taken over from another one")
                            .tag("cause", WireWord.of(cause))
                            .register(registry));
        }
    }

    /** Adds the number of replicas, and of leases that none of them owns. */
    public void show(Replicas replicas) {
        Gauge.builder("listenkey.replicas", replicas, all -> all.members().size())
                .description("Live replicas of the shared store, 0 while it can't be reached, 1 without one")
                .register(registry);
        Gauge.builder("listenkey.fleet.unowned.leases", replicas, ReplicaTelemetry::unowned)
                .description(
                        "Leases that no live replica owned at the last beat, NaN while the shared store can't be reached")
                .register(registry);
        register(replicas);
    }

    /** Call it with each beat. */
    public void observe(Replicas replicas) {
        logMembers(register(replicas));
        logUnreadable(replicas.unreadable());
    }

    /** Returns the number of leases by replica. */
    private Map<String, Integer> register(Replicas replicas) {
        Map<String, Integer> now = new TreeMap<>();
        for (Member member : replicas.members()) {
            now.merge(member.replica(), member.leases(), Integer::sum);
        }
        leases.register(rows(now.keySet(), replicas, Member::leases), true);
        weights.register(rows(now.keySet(), replicas, Member::weight), true);
        return now;
    }

    private void logUnreadable(Map<String, String> now) {
        now.forEach((account, why) -> {
            if (!unreadable.contains(account)) {
                LOG.errorf("a lease can't be read, and is left to replicas that can: %s", why);
            }
        });
        unreadable.stream()
                .filter(account -> !now.containsKey(account))
                .forEach(account -> LOG.infof("%s: its lease can be read again, or has ended", account));
        unreadable = Set.copyOf(now.keySet());
    }

    private static double unowned(Replicas replicas) {
        return replicas.members().isEmpty() ? Double.NaN : replicas.unowned();
    }

    /** They are looked up when they are scraped: a replica that is alone observes nothing. */
    private static List<Row<?>> rows(Set<String> names, Replicas replicas, ToIntFunction<Member> value) {
        return names.stream()
                .<Row<?>>map(name -> Row.of(
                        Tags.of("replica", name),
                        () -> replicas.members().stream()
                                .filter(member -> member.replica().equals(name))
                                .mapToInt(value)
                                .sum()))
                .toList();
    }

    private void logMembers(Map<String, Integer> now) {
        if (!now.isEmpty() && !known.keySet().equals(now.keySet())) {
            LOG.infof("live replicas, each with its leases: %s", now);
        }
        known = now.isEmpty() ? known : now;
    }

    public void onTakeover(Takeover cause, int count) {
        Counter counter = takeovers.get(cause);
        if (counter != null) {
            counter.increment(count);
        }
        if (cause == Takeover.ORPHANED) {
            LOG.infof("took over %d lease(s) that no live replica owned", count);
        } else {
            LOG.debugf("took over %d lease(s): %s", count, cause);
        }
    }

    public void onFailed(StoreException failure) {
        if (!failing) {
            LOG.errorf(
                    "the shared store can't be reached: %s; this replica goes on renewing its own leases; takeovers stop until"
                            + " the store is back",
                    failure.getMessage());
        }
        failing = true;
    }

    public void onReached() {
        if (failing) {
            LOG.info("the shared store can be reached again");
        }
        failing = false;
    }
}
