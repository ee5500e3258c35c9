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
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** Logs each event that concerns all leases, as one line. */
@Singleton
public final class FleetLog implements FleetEvent.Visitor {
    private static final Logger LOG = Logger.getLogger("listenkeyd.fleet");
    private static final int FRAMES_SHOWN = 8;

    @Override
    public void clockJumped(ClockJumped event) {
        LOG.warnf(
                "the clock jumped by %s s: %s",
                seconds(event.by()),
                event.by().isNegative() ? "every lease is renewed now" : "overdue leases are renewed now");
    }

    @Override
    public void loopStalled(LoopStalled event) {
        LOG.warnf("the renewal loop stood still for %s s: overdue leases are renewed now", seconds(event.time()));
    }

    @Override
    public void exchangeUnreachable(ExchangeUnreachable event) {
        LOG.warnf("the exchange is out of reach: %d calls in a row failed", event.calls());
    }

    @Override
    public void exchangeReachable(ExchangeReachable event) {
        LOG.infof("the exchange answers again, after %s s: leases that waited are renewed now", seconds(event.after()));
    }

    @Override
    public void paused(Paused event) {
        LOG.errorf("no call leaves this IP until %s: %s", event.pause().until(), RenewalLog.describe(event.failure()));
    }

    @Override
    public void pauseLifted(PauseLifted event) {
        LOG.warnf(
                "the pause until %s (%s) is lifted %s: one call leaves first, then more",
                event.pause().until(),
                event.pause().reason(),
                event.byHand() ? "by hand" : "since the exchange answers again");
    }

    @Override
    public void budgetReduced(BudgetReduced event) {
        LOG.warnf(
                "the exchange's limit was passed: the budget is reduced from %2$d to %1$d of weight per window, and grows"
                        + " back a little in each window without a refusal",
                event.after(), event.before());
    }

    @Override
    public void limitLearned(LimitLearned event) {
        LOG.infof(
                "the exchange's own limit is known: up to %d of weight per %d s is used",
                event.weight(), event.window().toSeconds());
    }

    @Override
    public void limitUnreadable(LimitUnreadable event) {
        Failure failure = event.failure();
        LOG.warnf(
                "the exchange's own limit can't be read (%s, %s); keeping a limit of %d of weight per %d s",
                failure.reason(),
                failure.message(),
                event.weight(),
                event.window().toSeconds());
    }

    @Override
    public void limitDoubted(LimitDoubted event) {
        LOG.warnf(
                "the exchange names a limit of %d per window, far less than before or than the leases need; %s",
                event.limit(),
                event.believed()
                        ? "it was named twice, so it holds, and is asked for again soon"
                        : "it is asked again before that holds");
    }

    @Override
    public void recreationThrottled(RecreationThrottled event) {
        LOG.errorf(
                "MASS FAILURE: %d of %d accounts had their key reported dead within minutes; new keys are made one by one"
                        + " until that works. Check LISTENKEYD_BINANCE_URL and the network of this machine",
                event.dead(), event.leases());
    }

    @Override
    public void recreationResumed(RecreationResumed event) {
        LOG.infof("new keys are made at full speed again, after %s s", seconds(event.after()));
    }

    @Override
    public void storeFailing(StoreFailing event) {
        LOG.error("the store can't be written: renewals go on from memory, a restart now would forget changes");
    }

    @Override
    public void storeRecovered(StoreRecovered event) {
        LOG.infof("the store is written again, after %s s; no change was lost", seconds(event.after()));
    }

    /** Type and frames, without the message: it may hold a secret that was being sent. */
    @Override
    public void callBroke(CallBroke event) {
        String trace = Arrays.stream(event.defect().getStackTrace())
                .limit(FRAMES_SHOWN)
                .map(frame -> " <- " + frame.getClassName() + "." + frame.getMethodName() + ":" + frame.getLineNumber())
                .collect(Collectors.joining());
        LOG.errorf(
                "a defect of listenkeyd broke a call: %s%s",
                event.defect().getClass().getName(), trace);
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.1f", duration.toMillis() / 1e3);
    }
}
