package dev.listenkeyd.fleet;

import static dev.listenkeyd.fleet.ReplicaCapacity.NEVER;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.NullUnmarked;

/**
 * The bound that a fleet is measured against: one scheduler over the budgets of all replicas that knows which of them the exchange
 * would serve. As {@link dev.listenkeyd.simulation.Omniscient} for one daemon: every cycle of a living lease is a job, done by one call
 * of weight 1 between its release and its deadline; the nearest deadline comes first, and no call is made in vain.
 *
 * <p><b>Rules.</b> A call is made by a replica that the exchange serves, within its own budget: by the owner, or by another one that
 * could own the lease by the contract, see {@link #couldOwn}. It is held back by what the contract grants, and by nothing else.
 */
@NullUnmarked
final class FleetOmniscient {

    /** One renewal that is to be made. Times in milliseconds. */
    static final class Job {
        final String account;
        final long order;
        final long release;
        /** When a call can leave at the earliest, and when the key dies. */
        long from;

        long deadline;
        boolean done;

        Job(String account, long order, long release, long from, long deadline) {
            this.account = account;
            this.order = order;
            this.release = release;
            this.from = from;
            this.deadline = deadline;
        }

        @Override
        public String toString() {
            return "released at " + release + " ms, deadline " + deadline + " ms" + (done ? ", done or lost" : "");
        }
    }

    /** A beat, and a poll. */
    private static final long MARGIN = 1500;
    /** A new replica gets its share within a minute; so does one that comes back to the database. */
    private static final long JOIN = 60_000;
    /** A replica that can't call is asked for its leases once that has lasted 10 s, beat by beat. */
    private static final long MOVE = FleetWeight.SHORT.toMillis() + 10_000;

    private static final Comparator<Job> BY_DEADLINE =
            Comparator.<Job>comparingLong(job -> job.deadline).thenComparingLong(job -> job.order);
    private static final Comparator<Job> BY_START =
            Comparator.<Job>comparingLong(job -> job.from).thenComparingLong(job -> job.order);

    private final FleetSimulation world;
    private final long takeover;
    private final Map<String, ReplicaCapacity> replicas = new HashMap<>();
    private final List<ReplicaCapacity> living = new ArrayList<>();
    private final TreeSet<Job> later = new TreeSet<>(BY_START);
    private final TreeSet<Job> open = new TreeSet<>(BY_DEADLINE);
    private long order;

    /** Jobs that it could not do in time, since all was calm. */
    int lost;

    FleetOmniscient(FleetSimulation world) {
        this.world = world;
        this.takeover = 2 * world.setup.ttl().toMillis() + MARGIN;
    }

    void started(MemberProcess process) {
        ReplicaCapacity replica = new ReplicaCapacity(world, process);
        replicas.put(process.id, replica);
        living.add(replica);
    }

    void look() {
        living.forEach(ReplicaCapacity::look);
        living.removeIf(replica -> replica.process.isDead());
    }

    /** A call that somebody asked for, or that asks for the limit: no scheduler could spare it. */
    void spend(MemberProcess process) {
        replicas.get(process.id).spend(1);
    }

    Job released(String account, long release, long deadline) {
        long from = release
                + living.stream().mapToLong(one -> one.handicaps.usual()).max().orElse(0);
        Job job = new Job(account, order++, release, from, deadline);
        place(job);
        return job;
    }

    /** The lease has ended, or somebody else did something to it. */
    void cancel(Job job) {
        job.done = true;
        later.remove(job);
        open.remove(job);
    }

    /** The clock of the owner is another one, or was set. */
    void move(Job job, long deadline) {
        boolean waits = open.remove(job) || later.remove(job);
        job.deadline = deadline;
        if (waits) {
            place(job);
        }
    }

    private void place(Job job) {
        // One that opens too late is lost in time.
        job.from = Math.min(job.from, tooLate(job));
        later.add(job);
    }

    /** From when no call can leave any more that is answered before the deadline. */
    private long tooLate(Job job) {
        return job.deadline
                - living.stream()
                        .mapToLong(one -> one.handicaps.lastCall())
                        .max()
                        .orElse(0);
    }

    /** Whether nothing waits, and all replicas can do what they are there for. */
    boolean isCalm() {
        return open.isEmpty()
                && living.size() == world.machines.size()
                && living.stream().allMatch(one -> one.servesSince != NEVER && one.hasDatabaseFor(JOIN));
    }

    /** Does what can be done now. */
    void step() {
        long now = world.agenda.now();
        look();
        while (!later.isEmpty() && later.first().from <= now) {
            open.add(later.pollFirst());
        }
        for (Iterator<Job> jobs = open.iterator(); jobs.hasNext(); ) {
            Job job = jobs.next();
            boolean late = tooLate(job) <= now;
            ReplicaCapacity caller = late ? null : caller(job);
            if (late || caller != null) {
                job.done = true;
                lost += late ? 1 : 0;
                jobs.remove();
            }
            if (caller != null) {
                caller.spend(1);
            }
        }
    }

    /** The replica that makes the call now; null for none. */
    private ReplicaCapacity caller(Job job) {
        ReplicaCapacity owner = replicas.get(world.database.ownerOf(job.account));
        if (owner == null) {
            return null;
        }
        if (canCall(owner, job) && owner.free() > 0) {
            return owner;
        }
        return living.stream()
                .filter(one ->
                        one != owner && one.freeForOthers() > 0 && canCall(one, job) && couldOwn(one, owner, job))
                .max(Comparator.comparingInt(ReplicaCapacity::freeForOthers))
                .orElse(null);
    }

    /** What was tried in vain before the exchange came back waits for the gap of its backoff, as with one daemon. */
    private boolean canCall(ReplicaCapacity one, Job job) {
        long now = world.agenda.now();
        return one.servesSince != NEVER
                && (job.release >= one.servesSince
                        || now >= one.servesSince + one.handicaps.reaction(one.servesSince, job.deadline));
    }

    /**
     * Whether a replica could own a lease of another one by now: it is a member for {@link #JOIN}, and the owner has stopped prolonging
     * two TTLs ago, or could give the lease: it has the database, and for {@link #MOVE} could not call or not do all that was due. What
     * its last owner has tried in vain waits for the gap of its backoff.
     */
    private boolean couldOwn(ReplicaCapacity one, ReplicaCapacity owner, Job job) {
        long now = world.agenda.now();
        long since = owner.isSilentFor(takeover)
                ? owner.silentSince + takeover
                : owner.hasDatabaseFor(JOIN)
                        ? Math.max(job.from, owner.unableSince == NEVER ? 0 : owner.unableSince) + MOVE
                        : NEVER;
        return one.hasDatabaseFor(JOIN)
                && since != NEVER
                && now >= since + (owner.unableSince == NEVER ? 0 : one.handicaps.reaction(since, job.deadline));
    }
}
