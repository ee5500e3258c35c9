package dev.listenkeyd.fleet;

import org.jspecify.annotations.NullUnmarked;

/** Since when a machine could do its work, as far as a second tells. */
@NullUnmarked
final class Health {
    /** Since when it is awake and its member reaches the database. */
    long databaseSince = Long.MAX_VALUE;
    /** Since when it is awake, reaches the exchange, may call, and has weight to spare. */
    long exchangeSince = Long.MAX_VALUE;

    private final Machine machine;
    private MemberProcess process;

    Health(Machine machine) {
        this.machine = machine;
    }

    /** Call it every second, and whenever something has changed. */
    void look() {
        long now = machine.agenda.now();
        boolean same = process == machine.process;
        process = machine.process;
        boolean runs = same && machine.isRunning() && !process.isStopping();
        boolean database = runs && machine.isQuick();
        boolean exchange = runs
                && !machine.network.isOut()
                && now >= machine.network.slowUntil
                && machine.exchange.serves()
                && process.gate.closed() == null
                && !process.gate.isAway()
                && process.gate.weightUsed() < process.gate.weightLimit() / 2;
        databaseSince = database ? Math.min(databaseSince, now) : Long.MAX_VALUE;
        exchangeSince = exchange ? Math.min(exchangeSince, now) : Long.MAX_VALUE;
    }

    boolean hasDatabaseFor(long millis) {
        return databaseSince <= machine.agenda.now() - millis;
    }

    boolean hasExchangeFor(long millis) {
        return exchangeSince <= machine.agenda.now() - millis;
    }
}
