package dev.listenkeyd.fleet;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.NullUnmarked;

/** The one thread of a fleet: its tasks may wait for the database, and stand still while the machine sleeps. */
@NullUnmarked
final class SerialThread implements Executor {
    private final MemberProcess process;
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private boolean busy;

    SerialThread(MemberProcess process) {
        this.process = process;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        if (!busy) {
            busy = true;
            process.machine.agenda.start(this::runAll);
        }
    }

    private void runAll() {
        if (process.machine.isAsleep()) {
            process.machine.agenda.at(process.machine.asleepUntil(), () -> process.machine.agenda.start(this::runAll));
            return;
        }
        while (!tasks.isEmpty() && !process.isDead() && !process.machine.isAsleep()) {
            tasks.poll().run();
        }
        busy = false;
        if (!tasks.isEmpty() && !process.isDead()) {
            busy = true;
            process.machine.agenda.at(process.machine.asleepUntil(), () -> process.machine.agenda.start(this::runAll));
        }
    }
}
