package dev.listenkeyd.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.audit.AuditEvent.Intact;
import dev.listenkeyd.audit.ChainPosition;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AuditTelemetryTest {
    private final LogRecording recording = new LogRecording("listenkeyd.audit");
    private final AuditTelemetry telemetry = new AuditTelemetry(new SimpleMeterRegistry());

    @AfterEach
    void close() {
        recording.close();
    }

    @Test
    void anEmptyAuditIsNoNews() {
        telemetry.observe(new Intact(new ChainPosition(0, "")));
        assertThat(recording.lines).isEmpty();

        telemetry.observe(new Intact(new ChainPosition(1, "0a1b")));
        assertThat(recording.lines).singleElement().asString().endsWith("the audit is intact up to row 1, hash 0a1b");
    }
}
