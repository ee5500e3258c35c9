package dev.listenkeyd.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.listenkeyd.cli.DaemonClient.Refused;
import dev.listenkeyd.cli.EventReader.Event;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Follows the events of a daemon. A connection that is lost is made again, and what was missed comes first. */
final class EventWatch {
    /** The daemon sends a comment every 15 s. */
    private static final Duration SILENCE = Duration.ofSeconds(45);

    private static final Duration FIRST_GAP = Duration.ofSeconds(1);
    private static final Duration LONGEST_GAP = Duration.ofSeconds(10);

    private static final Pattern ID = Pattern.compile("\\d{1,19}");

    private final DaemonClient daemon;
    private final boolean json;
    private final CommandContext context;
    private final EventText text;
    private @Nullable String lastId;
    private boolean connectedBefore;
    private Duration gap = FIRST_GAP;

    EventWatch(DaemonClient daemon, Arguments arguments, CommandContext context) {
        this.daemon = daemon;
        this.json = arguments.json();
        this.context = context;
        this.text = new EventText(
                new TimeText(context.machine().clock()), new Colours(context.coloured()), arguments.account() != null);
    }

    /**
     * Follows until the reader of the output is gone.
     *
     * @throws CommandFailed when the first connection fails
     * @throws Refused when the daemon refuses
     */
    ExitCode run(String path) {
        while (true) {
            try (InputStream stream = daemon.events(path, lastId, SILENCE)) {
                connectedBefore = true;
                gap = FIRST_GAP;
                if (readerIsGoneAfter(new EventReader(stream))) {
                    return ExitCode.SUCCESS;
                }
                context.err().println("listenkeyd: the daemon ended the stream; connecting again");
            } catch (IOException e) {
                if (!connectedBefore) {
                    throw daemon.unreachable(e);
                }
                tellLost(e);
            } catch (Refused e) {
                if (!connectedBefore || !e.is(DaemonClient.PASSING)) {
                    throw e;
                }
            }
            if (!pause()) {
                return ExitCode.SUCCESS;
            }
        }
    }

    /** Once for each loss, not for each attempt to connect again. */
    private void tellLost(IOException e) {
        if (gap.equals(FIRST_GAP)) {
            context.err().println("listenkeyd: " + daemon.unreachable(e).getMessage() + "; connecting again");
        }
    }

    /** Prints until the stream ends; true when the reader of the output is gone. */
    private boolean readerIsGoneAfter(EventReader events) throws IOException {
        for (Event event = events.next(); event != null; event = events.next()) {
            lastId = event.id() != null && ID.matcher(event.id()).matches() ? event.id() : lastId;
            // Also proves that the text is JSON.
            JsonNode data = Json.read(event.data().getBytes(StandardCharsets.UTF_8));
            String line = json ? document(event) : text.line(event.name(), data);
            if (line != null) {
                context.out().println(line);
                if (context.out().checkError()) {
                    return true;
                }
            }
        }
        return false;
    }

    /** One line: the daemon's own JSON in an envelope that names it. */
    private static String document(Event event) {
        String name = event.name().replaceAll("[^a-z-]", "");
        String id = event.id() == null ? "" : event.id().replaceAll("[^0-9]", "");
        return "{\"event\":\"" + name + "\",\"id\":" + (id.isEmpty() ? "null" : "\"" + id + "\"") + ",\"data\":"
                + event.data().replace('\n', ' ') + "}";
    }

    private boolean pause() {
        try {
            context.machine().sleeper().sleep(gap);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        Duration longer = gap.multipliedBy(2);
        gap = longer.compareTo(LONGEST_GAP) < 0 ? longer : LONGEST_GAP;
        return true;
    }
}
