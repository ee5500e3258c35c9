package dev.listenkeyd.telemetry;

import dev.listenkeyd.audit.AuditEvent;
import dev.listenkeyd.audit.AuditEvent.Broken;
import dev.listenkeyd.audit.AuditEvent.BrokenElsewhere;
import dev.listenkeyd.audit.AuditEvent.Intact;
import dev.listenkeyd.audit.AuditEvent.Unwritten;
import dev.listenkeyd.audit.AuditLog;
import dev.listenkeyd.audit.AuditReader;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;

/** Logs when the state of the audit changes, and shows that state in the metrics. */
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
                    "AUDIT CHAIN BROKEN at row %d: this row or the one before was changed or removed by another program; new"
                            + " rows are chained after it",
                    broken.seq());
        } else if (event instanceof BrokenElsewhere broken) {
            LOG.errorf(
                    "AUDIT CHAIN BROKEN at row %d of the replica %s: this row or the one before was changed or removed by another"
                            + " program",
                    broken.seq(), broken.replica());
        } else if (event instanceof Unwritten unwritten) {
            LOG.errorf(
                    "%s: calls are still served, and their rows wait in memory; a stop now would lose the rows",
                    unwritten.why());
        } else {
            LOG.info("the audit is written again");
        }
    }

    /** Adds the gauges. */
    public void show(AuditLog audit, AuditReader reader) {
        shown.add(Gauge.builder("listenkey.audit.intact", reader, read -> read.intact() ? 1 : 0)
                .description("1 when every row of the audit that was read fits")
                .register(registry));
        shown.add(Gauge.builder("listenkey.audit.waiting", audit, AuditLog::waiting)
                .description("Entries of the audit that are not on disk yet")
                .register(registry));
        shown.add(FunctionCounter.builder("listenkey.audit.lost", audit, AuditLog::lost)
                .description("Entries of the audit that could not be kept")
                .register(registry));
    }

    /** Removes the gauges: the registry outlives an application that is restarted in the same process. */
    public void hide() {
        shown.forEach(registry::remove);
        shown.clear();
    }
}
