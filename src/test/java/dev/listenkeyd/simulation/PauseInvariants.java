package dev.listenkeyd.simulation;

import dev.listenkeyd.lease.AccountPause;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.RenewalEvent;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;

/**
 * What must hold of paused accounts: from the answer to the request on no call leaves until the pause ends, also by the next
 * process; and it ends neither before its time, unless somebody asks for it, nor long after it.
 */
@NullUnmarked
final class PauseInvariants {
    private static final long PATIENCE = 5000;

    private final Simulation world;
    /** Accounts that somebody was told to be paused, with the pause. */
    private final Map<String, AccountPause> told = new HashMap<>();
    /** Accounts that somebody has asked to resume. */
    private final Set<String> mayResume = new HashSet<>();

    long ended;
    long endedInTime;
    long lostMeanwhile;

    PauseInvariants(Simulation world) {
        this.world = world;
    }

    /** A request has been answered. */
    void accepted(Lease lease) {
        String account = lease.account();
        Lease row = world.store.rows.get(account);
        // It may have ended since.
        boolean inForce = lease.equals(world.process.registry.find(account));
        world.chronicle.check(
                !inForce || (row != null && row.pause() != null), account, "a pause in force is not on disk");
        if (inForce) {
            told.put(account, lease.pause());
        }
    }

    void mayResume(String account) {
        mayResume.add(account);
    }

    void happened(RenewalEvent event) {
        Lease before = event.before();
        Lease after = event.after();
        String account = event.lease().account();
        AccountPause pause = before == null ? null : before.pause();
        if (pause == null) {
            world.chronicle.check(
                    after == null || after.pause() != null || !told.containsKey(account),
                    account,
                    "its pause was forgotten");
        } else if (after == null) {
            told.remove(account);
        } else if (after.pause() == null) {
            boolean over = !event.at().isBefore(pause.until());
            world.chronicle.check(
                    over || mayResume.remove(account), account, () -> "its pause ended before " + pause.until());
            told.remove(account);
            ended++;
            endedInTime += over ? 1 : 0;
            lostMeanwhile += after.isLost() ? 1 : 0;
        } else if (told.containsKey(account)) {
            // Another end, or another time after the clock was set back.
            told.put(account, after.pause());
        }
    }

    /** A new process. A row may be gone or without its pause only if its end was written and not told before the crash. */
    void restarted(Map<String, Lease> rows) {
        for (String account : Set.copyOf(told.keySet())) {
            Lease row = rows.get(account);
            if (row == null || row.pause() == null) {
                world.chronicle.check(
                        row == null || mayResume.contains(account), account, "its pause did not survive a restart");
                told.remove(account);
            }
        }
    }

    void leaves(Lease lease) {
        String account = lease.account();
        Lease now = world.process.registry.find(account);
        world.chronicle.check(
                now == null || now.pause() == null, account, () -> "a call during a pause: " + now.pause());
        world.chronicle.check(
                !told.containsKey(account), account, () -> "a call during a pause that was promised: " + told);
    }

    /** Once a minute, after a tick. */
    void look(Lease lease) {
        AccountPause pause = lease.pause();
        world.chronicle.check(
                pause == null || pause.until().plusMillis(PATIENCE).isAfter(world.clocks.instant()),
                lease.account(),
                () -> "its pause goes on after " + pause.until());
    }
}
