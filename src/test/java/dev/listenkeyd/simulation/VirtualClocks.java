package dev.listenkeyd.simulation;

import dev.listenkeyd.lease.VirtualClock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The clocks that the daemon reads: a wall clock that can be wrong and be set, and a monotonic one that stands still
 * while the machine sleeps. True time, which the exchange goes by, is the agenda's, in milliseconds since the start.
 */
public final class VirtualClocks implements InstantSource, LongSupplier {
    public static final Instant START = VirtualClock.START;

    private final Agenda agenda;
    private long ahead;
    private long slept;
    private Instant wall = START;

    public VirtualClocks(Agenda agenda) {
        this.agenda = agenda;
    }

    @Override
    public Instant instant() {
        long millis = START.toEpochMilli() + agenda.now() + ahead;
        if (wall.toEpochMilli() != millis) {
            wall = Instant.ofEpochMilli(millis);
        }
        return wall;
    }

    @Override
    public long getAsLong() {
        return monotonicMillis() * 1_000_000;
    }

    long agendaNow() {
        return agenda.now();
    }

    public long monotonicMillis() {
        return agenda.now() - slept;
    }

    /** What the exchange's clock shows at a true instant. */
    public static Instant exchangeTime(long trueMillis) {
        return START.plusMillis(trueMillis);
    }

    /** The true instant at which the exchange's clock shows this. */
    public static long sinceStart(Instant exchangeTime) {
        return Duration.between(START, exchangeTime).toMillis();
    }

    /** The true instant at which the wall clock, as it goes now, shows this. */
    public long trueMillis(Instant wallTime) {
        return Duration.between(START, wallTime).toMillis() - ahead;
    }

    public boolean isRight() {
        return ahead == 0;
    }

    public void stepWallClock(long millis) {
        ahead += millis;
    }

    /** The machine slept that long and has just woken. */
    public void wake(long sleptMillis) {
        slept += sleptMillis;
    }
}
