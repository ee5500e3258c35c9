package dev.listenkeyd.telemetry;

import dev.listenkeyd.notify.sink.FileSink;
import dev.listenkeyd.notify.sink.FileSinks;
import dev.listenkeyd.notify.sink.SinkObserver;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;

/** Shows which files of listen keys can be written, and logs when one begins to fail and when it is right again. */
@ApplicationScoped
public class SinkTelemetry implements SinkObserver {
    private static final Logger LOG = Logger.getLogger("listenkeyd.sinks");

    private final MeterRegistry registry;
    private final List<Meter> shown = new ArrayList<>();

    SinkTelemetry(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void onFailing(FileSink sink, String why) {
        LOG.errorf(
                "%s: %s can't be written (%s); its readers may have an old key. It is tried again every minute at least",
                sink.account(), sink.file(), why);
    }

    @Override
    public void onRecovered(FileSink sink, Duration after) {
        LOG.infof("%s: %s is written again, after %d s", sink.account(), sink.file(), after.toSeconds());
    }

    /** Adds the series of all files. */
    public void show(FileSinks sinks) {
        for (FileSink sink : sinks.all()) {
            shown.add(Gauge.builder("listenkey.sink.writable", sinks, all -> all.isWritable(sink.account()) ? 1 : 0)
                    .description("Whether the file with the account's listen key can be written")
                    .tag("account", sink.account())
                    .register(registry));
        }
    }

    /** Removes the gauges: the registry outlives an application that is restarted in the same process. */
    public void hide() {
        shown.forEach(registry::remove);
        shown.clear();
    }
}
