package dev.listenkeyd.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
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
import dev.listenkeyd.lease.Pause;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each event of the fleet is one line of the log; some are counted for alerts. */
class FleetEventsTest {
    private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

    private final LogRecording recording = new LogRecording("listenkeyd.fleet");
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final RenewalMeters meters = new RenewalMeters(registry);

    @AfterEach
    void close() {
        recording.close();
        assertThat(recording.everything).noneMatch(text -> text.contains("SECRET"));
    }

    record Told(FleetEvent event, String level, List<String> words) {}

    private static Told told(FleetEvent event, String level, String... words) {
        return new Told(event, level, List.of(words));
    }

    static Stream<Told> events() {
        Failure banned = new Failure(NOON, Reason.BANNED, 418, -1003, "Way too many requests");
        return Stream.of(
                told(new ClockJumped(Duration.ofMinutes(-10)), "WARN", "jumped by -600.0 s", "every lease"),
                told(new ClockJumped(Duration.ofMinutes(90)), "WARN", "jumped by 5400.0 s", "overdue"),
                told(new LoopStalled(Duration.ofSeconds(40)), "WARN", "stood still for 40.0 s"),
                told(new Paused(new Pause(NOON, Reason.BANNED), banned), "ERROR", "IP until " + NOON, "418", "many"),
                told(
                        new PauseLifted(new Pause(NOON, Reason.BANNED), true),
                        "WARN",
                        "until " + NOON,
                        "BANNED",
                        "by hand"),
                told(new PauseLifted(new Pause(NOON, Reason.BANNED), false), "WARN", "answers again"),
                told(new BudgetReduced(200, 50), "WARN", "limit was passed", "from 200 to 50"),
                told(new LimitLearned(12, Duration.ofMinutes(1)), "INFO", "12 of weight per 60 s"),
                told(new LimitUnreadable(banned, 200, Duration.ofMinutes(1)), "WARN", "BANNED", "many", "200"),
                told(new LimitDoubted(1, false), "WARN", "limit of 1", "asked again"),
                told(new LimitDoubted(1, true), "WARN", "limit of 1", "holds"),
                told(new ExchangeUnreachable(10), "WARN", "out of reach", "10 calls"),
                told(new ExchangeReachable(Duration.ofMillis(61_500)), "INFO", "answers again", "61.5 s"),
                told(new RecreationThrottled(70, 99), "ERROR", "MASS FAILURE", "70 of 99", "LISTENKEYD_BINANCE_URL"),
                told(new RecreationResumed(Duration.ofSeconds(11)), "INFO", "full speed", "11.0 s"),
                told(new StoreFailing(), "ERROR", "store", "from memory"),
                told(new StoreRecovered(Duration.ofSeconds(7)), "INFO", "written again", "7.0 s"),
                told(
                        new CallBroke(new IllegalStateException("header SECRET")),
                        "ERROR",
                        "IllegalStateException",
                        FleetEventsTest.class.getName()));
    }

    @ParameterizedTest
    @MethodSource("events")
    void eachIsOneLineThatSaysWhatItMeans(Told told) {
        told.event().accept(new FleetLog());

        assertThat(recording.lines)
                .singleElement()
                .asString()
                .startsWith(told.level())
                .contains(told.words());
    }

    @Test
    void jumpsAndStallsAreCountedFromZero() {
        assertThat(jumps("back")).isZero();
        assertThat(jumps("ahead")).isZero();
        assertThat(registry.counter("listenkey.loop.stalls").count()).isZero();

        events().forEach(told -> meters.observe(told.event()));

        assertThat(jumps("back")).isEqualTo(1);
        assertThat(jumps("ahead")).isEqualTo(1);
        assertThat(registry.counter("listenkey.loop.stalls").count()).isEqualTo(1);
    }

    private double jumps(String direction) {
        return registry.counter("listenkey.clock.jumps", "direction", direction).count();
    }
}
