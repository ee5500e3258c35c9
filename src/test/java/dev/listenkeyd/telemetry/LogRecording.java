package dev.listenkeyd.telemetry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.formatters.PatternFormatter;
import org.jspecify.annotations.Nullable;

/** Records one logger until it is closed: the lines logged by default, and everything that it could log. */
public final class LogRecording extends Handler {
    public final List<String> lines = new ArrayList<>();
    public final List<String> everything = new ArrayList<>();

    private final Formatter message = new PatternFormatter("%m");
    /** Held here, so that it is not collected between two uses. */
    private final Logger logger;

    private final @Nullable Level level;

    public LogRecording(String logger) {
        this.logger = Logger.getLogger(logger);
        this.level = this.logger.getLevel();
        this.logger.setLevel(Level.ALL);
        this.logger.setUseParentHandlers(false);
        this.logger.addHandler(this);
    }

    @Override
    public void publish(LogRecord logged) {
        String line = logged.getLevel() + " " + message.format(logged);
        everything.add(line + Arrays.toString(logged.getParameters()));
        if (logged.getLevel().intValue() >= Level.INFO.intValue()) {
            lines.add(line);
        }
    }

    @Override
    public void flush() {
        // Nothing is held back.
    }

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setUseParentHandlers(true);
        logger.setLevel(level);
    }
}
