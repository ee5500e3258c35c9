package dev.listenkeyd.telemetry;

import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.RenewalEvent;
import jakarta.inject.Singleton;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/** Counts the losses of each account since this process started; an account's count ends with its lease. Thread-safe. */
@Singleton
public final class AccountLosses {
    private final Map<String, Map<LossCause, Integer>> counts = new HashMap<>();

    /** Called for every event, on the thread where it happened. */
    public synchronized void observe(RenewalEvent event) {
        String account = event.lease().account();
        if (event.after() == null) {
            counts.remove(account);
        } else if (event.isLoss() && event.after().lastLoss() != null) {
            counts.computeIfAbsent(account, name -> new EnumMap<>(LossCause.class))
                    .merge(event.after().lastLoss().cause(), 1, Integer::sum);
        }
    }

    synchronized int of(String account, LossCause cause) {
        return counts.getOrDefault(account, Map.of()).getOrDefault(cause, 0);
    }
}
