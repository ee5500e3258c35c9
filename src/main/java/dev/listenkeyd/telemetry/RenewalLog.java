package dev.listenkeyd.telemetry;

import dev.listenkeyd.lease.AccountPause;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Logs edges: one line when a lease is registered, goes bad, recovers, is lost, is rotated, ends. */
@ApplicationScoped
public class RenewalLog {
    private static final Logger LOG = Logger.getLogger("listenkeyd.renewal");

    private static final String NOTHING_CREATED = "nothing is created (onLoss report)";

    /** Accounts for which the exchange named an expiration in the past last. */
    private final Set<String> pastExpirations = ConcurrentHashMap.newKeySet();

    /** Called for every event, on the thread where it happened. */
    public void observe(RenewalEvent event) {
        Lease before = event.before();
        Lease after = event.after();
        if (before == null) {
            LOG.infof(
                    "%s: registered for %s",
                    event.lease().account(), event.lease().registration().holders());
        } else if (after == null) {
            LOG.infof("%s: ended, its key is renewed no more", before.account());
        } else {
            observeChange(event, before, after);
        }
        observeExpiration(event);
    }

    private static void observeChange(RenewalEvent event, Lease before, Lease after) {
        if (event.outcome() == null && !event.isLoss()) {
            if (!Objects.equals(
                    before.registration().apiKey(), after.registration().apiKey())) {
                LOG.infof("%s: its API key was replaced", after.account());
            }
            if (!Objects.equals(before.pause(), after.pause())) {
                paused(after);
            }
            return;
        }
        if (event.isRotation()) {
            rotated(before, after);
        } else if (event.isLoss()) {
            lost(after);
        }
        boolean wasBad = before.state().failures() > 0 || before.isLost();
        boolean isBad = after.state().failures() > 0 || after.isLost();
        if (wasBad && !isBad) {
            LOG.infof("%s: recovered after %s", before.account(), trouble(event, before, after));
        } else if (isBad && !event.isLoss()) {
            failed(before, after, wasBad);
        } else if (event.outcome() != null && event.outcome().failed() == null) {
            LOG.debugf("%s: renewed, lives until %s", after.account(), after.expiresAt());
        }
    }

    private static void paused(Lease lease) {
        AccountPause pause = lease.pause();
        if (pause != null) {
            LOG.infof(
                    "%s: PAUSED until %s, %s: no call is made for it; %s",
                    lease.account(),
                    pause.until(),
                    pause.quoted(),
                    lease.isLive() ? "its key lives until " + lease.expiresAt() : "it has no live key");
        } else if (lease.isLost()) {
            LOG.warnf("%s: its pause is over, and it has no live key; %s", lease.account(), afterLoss(lease));
        } else {
            LOG.infof("%s: its pause is over, and calls are made again", lease.account());
        }
    }

    private static void lost(Lease lease) {
        Loss loss = lease.lastLoss();
        Failure failure = lease.failureSinceSuccess();
        if (loss != null) {
            LOG.errorf(
                    "%s: LOST, %s: key %s is known to have lived until %s; %s%s",
                    lease.account(),
                    loss.cause(),
                    loss.fingerprint(),
                    loss.lostAt(),
                    afterLoss(lease),
                    failure == null ? "" : "; last failure, at " + failure.at() + ": " + describe(failure));
        }
    }

    private static String afterLoss(Lease lease) {
        if (lease.state().nextAttemptAt() == null) {
            return NOTHING_CREATED;
        }
        AccountPause pause = lease.pause();
        return pause == null ? "trying for a live one" : "no call is made before its pause ends, at " + pause.until();
    }

    private static void rotated(Lease before, Lease after) {
        Loss loss = after.lastLoss();
        LOG.warnf(
                "%s: ROTATED, %s; generation %d has key %s: connect with it, and reconcile by REST from %s",
                after.account(),
                before.isLost() ? "a new key takes the place of the lost one" : "another program has replaced the key",
                after.generation(),
                after.key() == null ? "" : after.key().value().fingerprint(),
                loss == null ? before.registration().registeredAt() : loss.lostAt());
    }

    /** How long the lease was in trouble, and its cost. */
    private static String trouble(RenewalEvent event, Lease before, Lease after) {
        Loss loss = after.lastLoss();
        ListenKey dead = before.key();
        int failures = before.state().failures();
        if (!before.isLost() || loss == null) {
            return seconds(badSince(before), event.at()) + " s and " + failures + " failed attempt(s)";
        }
        // The time of death is unknown for a key that was closed elsewhere, or that lives after all.
        String gap = dead != null && loss.cause() == LossCause.EXPIRED && event.isRotation()
                ? seconds(dead.expiresAt(), event.at())
                : "up to " + seconds(loss.lostAt(), event.at());
        return gap + " s without a live key, and " + failures + " failed attempt(s) since the loss";
    }

    private static String seconds(Instant from, Instant until) {
        return String.format(Locale.ROOT, "%.1f", Duration.between(from, until).toMillis() / 1e3);
    }

    private static void failed(Lease before, Lease after, boolean wasBad) {
        Failure failure = after.lastFailure();
        if (failure == null) {
            return;
        }
        boolean needsOperator = failure.reason().needsOperator();
        boolean newReason = before.lastFailure() == null || before.lastFailure().reason() != failure.reason();
        if (!wasBad || (needsOperator && newReason)) {
            LOG.logf(
                    needsOperator ? Logger.Level.ERROR : Logger.Level.WARN,
                    "%s: renewal failed, %s; %s",
                    after.account(),
                    describe(failure),
                    after.expiresAt() == null ? "it has no live key" : "its key lives until " + after.expiresAt());
        } else {
            LOG.debugf("%s: failed again, %s", after.account(), describe(failure));
        }
    }

    static String describe(Failure failure) {
        StringBuilder text = new StringBuilder(failure.reason().name());
        append(text, ", HTTP ", failure.httpStatus());
        append(text, ", code ", failure.code());
        append(text, ", ", failure.message());
        return text.toString();
    }

    private static void append(StringBuilder text, String label, @Nullable Object value) {
        if (value != null && !value.toString().isEmpty()) {
            text.append(label).append(value);
        }
    }

    private static Instant badSince(Lease lease) {
        return lease.state().unpaused() instanceof LeaseState.Retrying retrying
                ? retrying.since()
                : lease.registration().registeredAt();
    }

    private void observeExpiration(RenewalEvent event) {
        String account = event.lease().account();
        boolean over =
                event.after() != null && event.outcome() instanceof Confirmed confirmed && confirmed.isExpirationOver();
        boolean told = over || event.outcome() instanceof Confirmed || event.after() == null;
        boolean none = pastExpirations.isEmpty();
        if (over && pastExpirations.add(account) && none) {
            LOG.warnf(
                    "%s: the exchange names an expiration in the past, which is ignored: the key counts as alive until %s."
                            + " Check the clock of this machine",
                    account, event.lease().expiresAt());
        } else if (!over && told && pastExpirations.remove(account) && pastExpirations.isEmpty()) {
            LOG.info("no expiration that the exchange names lies in the past any more");
        }
    }
}
