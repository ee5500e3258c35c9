package dev.listenkeyd.telemetry;

import dev.listenkeyd.renewal.Failure;
import dev.listenkeyd.renewal.Lease;
import dev.listenkeyd.renewal.LeaseState;
import dev.listenkeyd.renewal.Loss;
import dev.listenkeyd.renewal.RenewalEvent;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Logs edges: one line when a lease is registered, goes bad, recovers, is lost, is rotated, ends. */
@ApplicationScoped
public class RenewalLog {
    private static final Logger LOG = Logger.getLogger("listenkeyd.renewal");

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
    }

    private static void observeChange(RenewalEvent event, Lease before, Lease after) {
        if (event.outcome() == null && !before.registration().equals(after.registration())) {
            if (!Objects.equals(
                    before.registration().apiKey(), after.registration().apiKey())) {
                LOG.infof("%s: its API key was replaced", after.account());
            }
            return;
        }
        if (event.isLoss()) {
            lost(after);
        }
        if (event.isRotation()) {
            rotated(before, after);
        }
        boolean wasBad = before.state().failures() > 0 || before.isLost();
        boolean isBad = after.state().failures() > 0 || after.isLost();
        if (wasBad && !isBad) {
            recovered(event, before);
        } else if (isBad && !event.isLoss()) {
            failed(before, after, wasBad);
        } else if (event.outcome() != null) {
            LOG.debugf("%s: renewed, lives until %s", after.account(), after.expiresAt());
        }
    }

    private static void lost(Lease lease) {
        Loss loss = lease.lastLoss();
        if (loss != null) {
            LOG.errorf(
                    "%s: LOST, %s: key %s is known to have lived until %s; %s%s",
                    lease.account(),
                    loss.cause(),
                    loss.fingerprint(),
                    loss.lostAt(),
                    lease.state().nextAttemptAt() == null
                            ? "nothing is created (onLoss report)"
                            : "trying for a live one",
                    lease.lastFailure() == null ? "" : "; last failure: " + describe(lease.lastFailure()));
        }
    }

    private static void rotated(Lease before, Lease after) {
        Loss loss = after.lastLoss();
        LOG.warnf(
                "%s: ROTATED, generation %d has key %s: connect with it, and reconcile by REST from %s",
                after.account(),
                after.generation(),
                after.key() == null ? "" : after.key().value().fingerprint(),
                loss == null ? before.registration().registeredAt() : loss.lostAt());
    }

    private static void recovered(RenewalEvent event, Lease before) {
        LOG.infof(
                "%s: recovered after %s s and %d failed attempt(s)",
                before.account(),
                String.format(
                        Locale.ROOT,
                        "%.1f",
                        Duration.between(badSince(before), event.at()).toMillis() / 1e3),
                before.state().failures());
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
        if (lease.state() instanceof LeaseState.Retrying retrying) {
            return retrying.since();
        }
        return lease.state() instanceof LeaseState.Recovering recovering
                ? recovering.at()
                : lease.registration().registeredAt();
    }
}
