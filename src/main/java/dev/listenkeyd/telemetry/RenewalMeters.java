package dev.listenkeyd.telemetry;

import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.FleetEvent;
import dev.listenkeyd.lease.FleetEvent.ClockJumped;
import dev.listenkeyd.lease.FleetEvent.LoopStalled;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.lease.RenewalEvent;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Counts events. Every series exists from the start, at 0, so that alerts see its first increase. */
@Startup
@ApplicationScoped
public class RenewalMeters {
    private static final String RENEWED = "RENEWED";

    private final MeterRegistry registry;
    private final Counter loopStalls;
    private final Counter ignoredExpirations;
    private final Timer callDuration;
    private final Timer lateness;
    private final Timer detection;

    RenewalMeters(MeterRegistry registry) {
        this.registry = registry;
        attempts(RENEWED);
        for (Reason reason : Reason.values()) {
            attempts(reason.name());
        }
        for (LossCause cause : LossCause.values()) {
            losses(cause);
            rotations(cause);
        }
        clockJumps("ahead");
        clockJumps("back");
        this.loopStalls = Counter.builder("listenkey.loop.stalls")
                .description("Times that the renewal loop stood still for seconds")
                .register(registry);
        this.ignoredExpirations = Counter.builder("listenkey.expirations.ignored")
                .description("Replies that named an expiration in the past, which counts for nothing")
                .register(registry);
        this.callDuration = Timer.builder("listenkey.attempt.duration")
                .description("Duration of calls to the exchange")
                .serviceLevelObjectives(seconds(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5))
                .register(registry);
        this.lateness = Timer.builder("listenkey.lateness")
                .description("How long after it was due an attempt started")
                .serviceLevelObjectives(seconds(0.1, 0.5, 1, 1.5, 2, 5, 10, 30, 60, 300))
                .register(registry);
        this.detection = Timer.builder("listenkey.detection")
                .description("How long before it was noticed a key that was closed or replaced elsewhere was last known"
                        + " to live")
                .tag("cause", LossCause.CLOSED_ELSEWHERE.name())
                .serviceLevelObjectives(seconds(0.5, 1, 2, 5, 10, 30, 60, 75, 120, 300, 600, 1200, 1800, 3600))
                .register(registry);
    }

    /** Called for every event, on the thread where it happened. */
    public void observe(RenewalEvent event) {
        if (event.took() != null) {
            callDuration.record(event.took());
        }
        if (event.lateness() != null) {
            lateness.record(event.lateness().isNegative() ? Duration.ZERO : event.lateness());
        }
        countAttempt(event);
        if (event.outcome() instanceof Confirmed confirmed && confirmed.isExpirationOver()) {
            ignoredExpirations.increment();
        }
        Lease after = event.after();
        if (after != null && after.lastLoss() != null) {
            if (event.isLoss()) {
                countLoss(after.lastLoss());
            }
            if (event.isRotation()) {
                rotations(after.lastLoss().cause()).increment();
            }
        }
    }

    /** Called for every event, on the thread where it happened. */
    public void observe(FleetEvent event) {
        if (event instanceof ClockJumped jumped) {
            clockJumps(jumped.by().isNegative() ? "back" : "ahead").increment();
        } else if (event instanceof LoopStalled) {
            loopStalls.increment();
        }
    }

    private void countLoss(Loss loss) {
        losses(loss.cause()).increment();
        if (loss.cause() == LossCause.CLOSED_ELSEWHERE) {
            Duration hidden = Duration.between(loss.lostAt(), loss.noticedAt());
            detection.record(hidden.isNegative() ? Duration.ZERO : hidden);
        }
    }

    /** A second call of an attempt is counted only when it failed: it renews nothing that was not renewed already. */
    private void countAttempt(RenewalEvent event) {
        Failure failure = event.outcome() == null ? null : event.outcome().failed();
        if (failure != null) {
            attempts(failure.reason().name()).increment();
        } else if (event.lateness() != null) {
            attempts(RENEWED).increment();
        }
    }

    private Counter attempts(String outcome) {
        return counter("listenkey.attempts", "Attempts by what they came to", "outcome", outcome);
    }

    private Counter clockJumps(String direction) {
        return counter(
                "listenkey.clock.jumps",
                "Jumps of the wall clock, suspended machines included",
                "direction",
                direction);
    }

    private Counter losses(LossCause cause) {
        return counter("listenkey.losses", "Keys that died while they were ours to keep", "cause", cause.name());
    }

    private Counter rotations(LossCause cause) {
        return counter("listenkey.rotations", "Changes of a lease's key string", "cause", cause.name());
    }

    private Counter counter(String name, String description, String tag, @Nullable String value) {
        return Counter.builder(name)
                .description(description)
                .tag(tag, String.valueOf(value))
                .register(registry);
    }

    private static Duration[] seconds(double... seconds) {
        Duration[] durations = new Duration[seconds.length];
        for (int i = 0; i < seconds.length; i++) {
            durations[i] = Duration.ofMillis((long) (seconds[i] * 1000));
        }
        return durations;
    }
}
