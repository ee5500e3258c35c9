package dev.listenkeyd.fleet;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseGateway;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.simulation.Agenda;
import dev.listenkeyd.simulation.NetworkConditions;
import dev.listenkeyd.simulation.NetworkConditions.Fate;
import dev.listenkeyd.simulation.SimulatedExchange.Account;
import dev.listenkeyd.simulation.SimulatedExchange.Verb;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;

/** One process's way to the exchange. */
@NullUnmarked
final class ExchangeCalls implements LeaseGateway {
    private static final long CALL_TIMEOUT = 5000;
    private static final int SHARE_PER_CALL = 4;
    private static final long MINUTE = 60_000;

    private final FleetSimulation world;
    private final MemberProcess process;
    private final Machine machine;
    private final Agenda agenda;
    private final NetworkConditions network;
    private final List<Call> inFlight = new ArrayList<>();

    ExchangeCalls(FleetSimulation world, MemberProcess process) {
        this.world = world;
        this.process = process;
        this.machine = process.machine;
        this.agenda = world.agenda;
        this.network = machine.network;
    }

    /** One call on its way. */
    final class Call {
        final Verb verb;
        final Lease lease;
        final Account account;
        final Instant sentAt = machine.clocks.instant();
        final long left = agenda.now();
        final long timeout;
        final Agenda.Sleep sleep = agenda.new Sleep();
        Fate fate;
        boolean isCheck;
        RenewalOutcome outcome;

        Call(Verb verb, Lease lease) {
            this.verb = verb;
            this.lease = lease;
            this.account = machine.exchange.account(lease.account());
            this.timeout = agenda.now() + patience(lease);
        }

        MemberProcess process() {
            return process;
        }

        boolean isHeard() {
            return fate == Fate.ANSWERED;
        }

        private void arrive() {
            if (network.isOut() && fate == Fate.ANSWERED) {
                fate = Fate.SWALLOWED;
            }
            if (fate.arrives) {
                outcome = machine.exchange.act(verb, account, sentAt, left);
                world.calls.arrived(this);
            }
            long reply = agenda.now() + network.leg();
            agenda.at(fate.knownSoon ? Math.min(reply, timeout) : timeout, () -> conclude(reply));
        }

        private void conclude(long reply) {
            if (machine.isAsleep() && !process.isDead()) {
                // Whatever comes now finds nobody awake, and the connection broken afterwards.
                fate = Fate.UNHEARD;
                agenda.at(machine.asleepUntil(), () -> conclude(reply));
                return;
            }
            boolean heard = fate == Fate.ANSWERED && reply <= timeout && !network.isOut();
            if (!heard) {
                boolean garbled = fate == Fate.GARBLED || fate == Fate.MANGLED;
                fate = fate == Fate.ANSWERED ? Fate.UNHEARD : fate;
                outcome = machine.exchange.failed(garbled ? Reason.GARBLED : Reason.UNREACHABLE);
            }
            sleep.end();
        }
    }

    @Override
    public RenewalOutcome extend(Lease lease) {
        return call(Verb.PUT, lease);
    }

    @Override
    public RenewalOutcome activeKey(Lease lease) {
        return call(Verb.POST, lease);
    }

    @Override
    public RenewalOutcome close(Lease lease) {
        return call(Verb.DELETE, lease);
    }

    private RenewalOutcome call(Verb verb, Lease lease) {
        if (process.isDead()) {
            return machine.exchange.failed(Reason.UNREACHABLE);
        }
        Call call = new Call(verb, lease);
        world.calls.leaves(call);
        call.fate = network.fateOf(call.account);
        if (call.fate != Fate.ANSWERED && !network.isOut()) {
            world.losses.bound.omniscient.spend(process);
        }
        inFlight.add(call);
        agenda.in(network.leg(), call::arrive);
        agenda.sleep(call.sleep);
        inFlight.remove(call);
        if (process.isDead()) {
            world.calls.ended(call);
            return machine.exchange.failed(Reason.UNREACHABLE);
        }
        if (call.fate == Fate.ANSWERED) {
            process.gate.observeUsedWeight(machine.exchange.usedWeight(), minuteEnds());
        }
        world.calls.ended(call);
        return call.outcome;
    }

    /** As the gateway computes it: by the replica's own clock. */
    private Instant minuteEnds() {
        long wall = machine.clocks.instant().toEpochMilli();
        return Instant.ofEpochMilli((wall / MINUTE + 1) * MINUTE);
    }

    /** As the gateway has it: a call that hangs leaves time for others. */
    private long patience(Lease lease) {
        Instant deadline = lease.expiresAt();
        long left = deadline == null
                ? Long.MAX_VALUE
                : Duration.between(machine.clocks.instant(), deadline).toMillis() / SHARE_PER_CALL;
        return Math.max(1000, Math.min(CALL_TIMEOUT, left));
    }

    void die() {
        for (Call call : inFlight) {
            if (call.outcome == null && world.dice.nextBoolean()) {
                call.fate = Fate.SWALLOWED;
            }
            agenda.in(0, call.sleep::end);
        }
    }
}
