package dev.listenkeyd.app;

import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Measures the phases of a start, for one line of the log. It is static because the first phase ends before there are beans. */
final class StartReport {
    private static final Logger LOG = Logger.getLogger("listenkeyd");

    /** When each phase ended, by {@link System#nanoTime}. */
    private static final Map<String, Long> ENDS = new LinkedHashMap<>();

    private StartReport() {}

    /** Ends a phase, which began when the one before it ended. */
    static synchronized void end(String phase) {
        ENDS.put(phase, System.nanoTime());
    }

    /** Logs all phases, the first of which began with the JVM. */
    static synchronized void log() {
        if (LOG.isDebugEnabled()) {
            long uptime = ManagementFactory.getRuntimeMXBean().getUptime();
            long begin = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(uptime);
            StringJoiner phases = new StringJoiner(", ");
            for (Map.Entry<String, Long> phase : ENDS.entrySet()) {
                phases.add(phase.getKey() + " " + TimeUnit.NANOSECONDS.toMillis(phase.getValue() - begin));
                begin = phase.getValue();
            }
            LOG.debugf("ready %d ms after the process began: %s", uptime, phases);
        }
        ENDS.clear();
    }
}
