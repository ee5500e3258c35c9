package dev.listenkeyd.http;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Keeps, until it is closed, what the whole process logs as a defect, or with a stack trace. */
final class ErrorRecording extends Handler implements AutoCloseable {
    final List<String> errors = new CopyOnWriteArrayList<>();

    private final Logger root = Logger.getLogger("");

    ErrorRecording() {
        root.addHandler(this);
    }

    @Override
    public void publish(LogRecord logged) {
        int level = logged.getLevel().intValue();
        boolean traced = logged.getThrown() != null && level >= Level.INFO.intValue();
        // A key that was lost, by a wrong one that was adopted for instance, is told aloud: that is no defect.
        boolean told = "listenkeyd.renewal".equals(logged.getLoggerName());
        if (traced || (level >= Level.SEVERE.intValue() && !told)) {
            errors.add(logged.getLoggerName() + ": " + logged.getMessage() + " " + logged.getThrown());
        }
    }

    @Override
    public void flush() {
        // Nothing is held back.
    }

    @Override
    public void close() {
        root.removeHandler(this);
    }
}
