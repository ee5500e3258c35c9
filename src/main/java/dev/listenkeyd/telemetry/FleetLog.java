package dev.listenkeyd.telemetry;

import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.FleetEvent.BudgetReduced;
import dev.listenkeyd.lease.FleetEvent.CallBroke;
import dev.listenkeyd.lease.FleetEvent.ClockJumped;
import dev.listenkeyd.lease.FleetEvent.ExchangeReachable;
import dev.listenkeyd.lease.FleetEvent.ExchangeUnreachable;
import dev.listenkeyd.lease.FleetEvent.LimitDoubted;
import dev.listenkeyd.lease.FleetEvent.LimitLearned;
import dev.listenkeyd.lease.FleetEvent.LimitUnreadable;
import dev.listenkeyd.lease.FleetEvent.LoopStalled;
import dev.listenkeyd.lease.FleetEvent.PauseLifted;
import dev.listenkeyd.lease.FleetEvent.Paused;
import dev.listenkeyd.lease.FleetEvent.RecreationResumed;
import dev.listenkeyd.lease.FleetEvent.RecreationThrottled;
import dev.listenkeyd.lease.FleetEvent.StoreFailing;
import dev.listenkeyd.lease.FleetEvent.StoreRecovered;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** Logs what concerns all leases: one line each time. */
@ApplicationScoped
public class FleetLog {
    private static final Logger LOG = Logger.getLogger("listenkeyd.fleet");
    private static final int FRAMES_SHOWN = 8;

    /** Called for every event, on the thread where it happened. */
    public void observe(FleetEvent event) {
        if (event instanceof ClockJumped jumped) {
            LOG.warnf(
                    "the clock jumped by %s s: %s",
                    seconds(jumped.by()),
                    jumped.by().isNegative() ? "every lease is renewed now" : "what is overdue is renewed now");
        } else if (event instanceof LoopStalled stalled) {
            LOG.warnf("the renewal loop stood still for %s s: what is overdue is renewed now", seconds(stalled.time()));
        } else if (event instanceof Paused paused) {
            Failure failure = paused.failure();
            LOG.errorf("no call leaves this IP until %s: %s", paused.pause().until(), RenewalLog.describe(failure));
        } else if (event instanceof CallBroke broke) {
            LOG.errorf("a defect of listenkeyd broke a call: %s", trace(broke.defect()));
        } else {
            observeGuards(event);
        }
    }

    private static void observeGuards(FleetEvent event) {
        if (event instanceof ExchangeUnreachable away) {
            LOG.warnf("the exchange is out of reach: %d calls in a row came to nothing", away.calls());
        } else if (event instanceof ExchangeReachable back) {
            LOG.infof("the exchange answers again, after %s s: all that waited is renewed now", seconds(back.after()));
        } else if (event instanceof RecreationThrottled slowed) {
            LOG.errorf(
                    "MASS FAILURE: %d of %d accounts had their key reported dead within minutes; new keys are made one by"
                            + " one until that works. Check LISTENKEYD_BINANCE_URL and the way out of this machine",
                    slowed.dead(), slowed.leases());
        } else if (event instanceof RecreationResumed resumed) {
            LOG.infof("new keys are made at full speed again, after %s s", seconds(resumed.after()));
        } else if (event instanceof StoreFailing) {
            LOG.error("the store can't be written: renewals go on from memory, a restart now would forget changes");
        } else if (event instanceof StoreRecovered recovered) {
            LOG.infof("the store is written again, after %s s; nothing was forgotten", seconds(recovered.after()));
        } else {
            observeBudget(event);
        }
    }

    private static void observeBudget(FleetEvent event) {
        if (event instanceof PauseLifted lifted) {
            LOG.warnf(
                    "the pause until %s (%s) is lifted %s: one call leaves first, then more",
                    lifted.pause().until(),
                    lifted.pause().reason(),
                    lifted.byHand() ? "by hand" : "since the exchange answers again");
        } else if (event instanceof BudgetReduced reduced) {
            LOG.warnf(
                    "the exchange's limit was passed: up to %d of weight per window is used from now on, not %d; a little"
                            + " more in each window that goes well",
                    reduced.after(), reduced.before());
        } else if (event instanceof LimitLearned learned) {
            LOG.infof(
                    "the exchange's own limit is known: up to %d of weight per %d s is used",
                    learned.weight(), learned.window().toSeconds());
        } else if (event instanceof LimitUnreadable unreadable) {
            Failure failure = unreadable.failure();
            LOG.warnf(
                    "the exchange's own limit can't be read (%s, %s); up to %d of weight per %d s is used",
                    failure.reason(),
                    failure.message(),
                    unreadable.weight(),
                    unreadable.window().toSeconds());
        } else if (event instanceof LimitDoubted doubted) {
            LOG.warnf(
                    "the exchange names a limit of %d for one window, which is far less than before or than the leases"
                            + " need; %s",
                    doubted.limit(),
                    doubted.believed()
                            ? "it has said so again: the limit holds, and is asked for again soon"
                            : "it is asked again before that holds");
        }
    }

    /** Type and frames, without the message: it may hold what was being sent. */
    private static String trace(Throwable defect) {
        return defect.getClass().getName()
                + Arrays.stream(defect.getStackTrace())
                        .limit(FRAMES_SHOWN)
                        .map(frame -> " <- " + frame.getClassName() + "." + frame.getMethodName() + ":"
                                + frame.getLineNumber())
                        .collect(Collectors.joining());
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.1f", duration.toMillis() / 1e3);
    }
}
