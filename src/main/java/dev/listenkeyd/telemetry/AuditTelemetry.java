package dev.listenkeyd.telemetry;

import dev.listenkeyd.audit.AuditEvent;
import dev.listenkeyd.audit.AuditEvent.Broken;
import dev.listenkeyd.audit.AuditEvent.Intact;
import dev.listenkeyd.audit.AuditEvent.Unwritten;
import dev.listenkeyd.audit.AuditLog;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;

/** How the audit itself fares: one line when that changes, and gauges. */
@ApplicationScoped
public class AuditTelemetry {
    private static final Logger LOG = Logger.getLogger("listenkeyd.audit");

    private final MeterRegistry registry;

    private final List<Meter> shown = new ArrayList<>();

    AuditTelemetry(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Called for every event, on the thread where it happened. */
    public void observe(AuditEvent event) {
        if (event instanceof Intact intact) {
            if (intact.head().seq() > 0) {
                LOG.infof(
                        "the audit is intact up to row %d, hash %s",
                        intact.head().seq(), intact.head().hash());
            }
        } else if (event instanceof Broken broken) {
            LOG.errorf(
                    "THE AUDIT IS BROKEN at row %d: it or the row before was changed or removed by somebody else; what is"
                            + " recorded from now on goes behind",
                    broken.seq());
        } else if (event instanceof Unwritten unwritten) {
            LOG.errorf(
                    "%s: calls are served all the same, and recorded when that works again; a stop now would forget them",
                    unwritten.why());
        } else {
            LOG.info("the audit is written again");
        }
    }

    /** Shows it in the metrics. */
    public void show(AuditLog audit) {
        shown.add(Gauge.builder("listenkey.audit.intact", audit, log -> log.intact() ? 1 : 0)
                .description("1 when every row of the audit that was read fits")
                .register(registry));
        shown.add(Gauge.builder("listenkey.audit.waiting", audit, AuditLog::waiting)
                .description("Entries of the audit that are not on disk yet")
                .register(registry));
        shown.add(FunctionCounter.builder("listenkey.audit.lost", audit, AuditLog::lost)
                .description("Entries of the audit that could not be kept")
                .register(registry));
    }

    /** Shows it no more: the registry outlives an application that is started again in the same process. */
    public void hide() {
        shown.forEach(registry::remove);
        shown.clear();
    }
}
