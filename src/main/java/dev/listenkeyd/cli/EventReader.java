package dev.listenkeyd.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads server-sent events. */
final class EventReader {
    /** A lease with many holders is far shorter. */
    private static final int MAX_LINE = 1024 * 1024;

    private final InputStream stream;

    EventReader(InputStream stream) {
        this.stream = new BufferedInputStream(stream);
    }

    /**
     * One event.
     *
     * @param id null for an event without a number
     */
    record Event(@Nullable String id, String name, String data) {}

    /**
     * The next event; comments are skipped.
     *
     * @return null at the end of the stream
     */
    @Nullable
    Event next() throws IOException {
        String id = null;
        String name = "message";
        StringBuilder data = new StringBuilder();
        for (String line = line(); line != null; line = line()) {
            if (line.isEmpty() && !data.isEmpty()) {
                return new Event(id, name, data.substring(1));
            }
            int colon = line.indexOf(':');
            String field = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(colon + 1);
            value = value.startsWith(" ") ? value.substring(1) : value;
            switch (field) {
                case "id" -> id = value;
                case "event" -> name = value;
                case "data" -> data.append('\n').append(value);
                default -> {
                    // A comment, or a field of a later version.
                }
            }
            if (data.length() > MAX_LINE) {
                throw new IOException("an event is longer than " + MAX_LINE + " characters");
            }
        }
        return null;
    }

    private @Nullable String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = stream.read(); next >= 0; next = stream.read()) {
            if (next == '\n') {
                return line.toString(StandardCharsets.UTF_8);
            }
            if (next != '\r') {
                line.write(next);
            }
            if (line.size() > MAX_LINE) {
                throw new IOException("a line is longer than " + MAX_LINE + " bytes");
            }
        }
        return null;
    }
}
