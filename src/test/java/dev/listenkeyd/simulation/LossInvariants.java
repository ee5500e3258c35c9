package dev.listenkeyd.simulation;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.RenewalEvent;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;

/** Every loss that was told is on record once all is calm, under a number of its own, with its end. */
@NullUnmarked
final class LossInvariants {
    private record Told(String account, long seq) {}

    private final SimulatedStore store;
    private final EventHistory chronicle;
    private final Set<Told> told = new HashSet<>();

    LossInvariants(SimulatedStore store, EventHistory chronicle) {
        this.store = store;
        this.chronicle = chronicle;
    }

    void happened(RenewalEvent event) {
        if (event.isLoss()) {
            String account = event.lease().account();
            boolean fresh = told.add(new Told(account, event.after().lastLoss().seq()));
            chronicle.check(fresh, account, "two losses have the same number");
        }
    }

    /** What a dead process has told and not written, the next one finds by itself. */
    void died() {
        told.removeIf(loss -> recorded(loss.account(), loss.seq()) == null);
    }

    void checkRecorded(Iterable<Lease> leases) {
        for (Told loss : told) {
            boolean recorded = recorded(loss.account(), loss.seq()) != null;
            chronicle.check(recorded, loss.account(), () -> "a loss was told and is not on record: " + loss.seq());
        }
        for (Lease lease : leases) {
            Loss last = lease.lastLoss();
            boolean same = last == null || last.equals(recorded(lease.account(), last.seq()));
            chronicle.check(same, lease.account(), () -> "the last loss is not as it is on record: " + last);
        }
    }

    private Loss recorded(String account, long seq) {
        return store.losses.page(account, seq - 1, 1).stream()
                .filter(loss -> loss.seq() == seq)
                .findFirst()
                .orElse(null);
    }
}
