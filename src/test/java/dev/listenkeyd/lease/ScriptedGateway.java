package dev.listenkeyd.lease;

import static dev.listenkeyd.lease.ScriptedGateway.Verb.DELETE;
import static dev.listenkeyd.lease.ScriptedGateway.Verb.POST;
import static dev.listenkeyd.lease.ScriptedGateway.Verb.PUT;

import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** An exchange that does as it is told, and is in perfect health when told nothing. */
public final class ScriptedGateway implements LeaseGateway {
    public enum Verb {
        PUT,
        POST,
        DELETE
    }

    public record Call(Verb verb, String account, Instant at) {
        @Override
        public String toString() {
            return verb + " " + account;
        }
    }

    public final List<Call> calls = new ArrayList<>();
    private final Map<String, Deque<Function<Lease, RenewalOutcome>>> script = new HashMap<>();
    private final Map<String, Function<Lease, RenewalOutcome>> always = new HashMap<>();
    private final InstantSource clock;

    public ScriptedGateway(InstantSource clock) {
        this.clock = clock;
    }

    public static Secret keyOf(String account) {
        return new Secret("listen-key-of-" + account);
    }

    /** Answers one call of this account, after those scripted before. */
    public ScriptedGateway then(String account, Function<Lease, RenewalOutcome> reply) {
        script.computeIfAbsent(account, name -> new ArrayDeque<>()).add(reply);
        return this;
    }

    public ScriptedGateway then(String account, RenewalOutcome reply) {
        return then(account, lease -> reply);
    }

    /** Answers every call of this account that is not scripted. */
    public ScriptedGateway always(String account, Function<Lease, RenewalOutcome> reply) {
        always.put(account, reply);
        return this;
    }

    public void heal() {
        script.clear();
        always.clear();
    }

    public List<String> said() {
        return calls.stream().map(Call::toString).toList();
    }

    @Override
    public RenewalOutcome extend(Lease lease) {
        return answer(PUT, lease, new Renewed(clock.instant()));
    }

    @Override
    public RenewalOutcome activeKey(Lease lease) {
        return answer(POST, lease, new Confirmed(clock.instant(), keyOf(lease.account()), null));
    }

    @Override
    public RenewalOutcome close(Lease lease) {
        return answer(DELETE, lease, new Renewed(clock.instant()));
    }

    private RenewalOutcome answer(Verb verb, Lease lease, RenewalOutcome healthy) {
        calls.add(new Call(verb, lease.account(), clock.instant()));
        Deque<Function<Lease, RenewalOutcome>> scripted = script.getOrDefault(lease.account(), new ArrayDeque<>());
        return scripted.isEmpty()
                ? always.getOrDefault(lease.account(), any -> healthy).apply(lease)
                : scripted.poll().apply(lease);
    }
}
