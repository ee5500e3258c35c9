package dev.listenkeyd.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Events as lines for people. Before the first change stands the state, from which accounts that are well are left out. */
final class EventText {
    private static final int TIME = 20;
    private static final int TYPE = 20;
    private static final int ACCOUNT = 20;
    private static final int STATUS = 8;
    private static final String WELL = "ACTIVE";

    private final TimeText times;
    private final Colours colours;
    private final boolean oneAccount;
    private final Map<String, Integer> counts = new TreeMap<>();

    /** @param oneAccount whether its state is shown even when it is well */
    EventText(TimeText times, Colours colours, boolean oneAccount) {
        this.times = times;
        this.colours = colours;
        this.oneAccount = oneAccount;
    }

    /** Null for an event that is not shown. */
    @Nullable
    String line(String name, JsonNode data) {
        return switch (name) {
            case "lease" -> state(data);
            case "sync" -> synced(data);
            case "overrun" -> "too many events at once; connecting again";
            default -> change(name, data);
        };
    }

    private @Nullable String state(JsonNode lease) {
        String status = lease.path("status").asText();
        counts.merge(DisplayText.line(status), 1, Integer::sum);
        return oneAccount || !status.equals(WELL) ? row("", "state", lease) : null;
    }

    private String synced(JsonNode sync) {
        String state = counts.entrySet().stream()
                .map(count -> count.getValue() + " " + count.getKey())
                .collect(Collectors.joining(", "));
        counts.clear();
        if (sync.path("resumed").asBoolean()) {
            return "-- connected again; nothing was missed";
        }
        return "-- leases: " + (state.isEmpty() ? "none" : state) + "; changes follow";
    }

    private String change(String name, JsonNode event) {
        return row(TimeText.instant(event.path("at")), name, event);
    }

    /** The members of a lease and of an event have the same names. */
    private String row(String time, String type, JsonNode data) {
        StringBuilder line = new StringBuilder(DisplayText.pad(DisplayText.line(time), TIME))
                .append("  ")
                .append(DisplayText.pad(DisplayText.line(type), TYPE));
        if (data.path("account").isTextual()) {
            String status = DisplayText.line(data.path("status").asText());
            line.append("  ")
                    .append(DisplayText.pad(
                            DisplayText.line(data.path("account").asText()), ACCOUNT))
                    .append("  ")
                    .append(colours.of(status, DisplayText.pad(status, STATUS)))
                    .append("  ")
                    .append(DisplayText.line(facts(data)));
        }
        return line.toString().stripTrailing();
    }

    private String facts(JsonNode data) {
        StringJoiner facts = new StringJoiner(", ");
        if (data.path("fingerprint").isTextual()) {
            facts.add("key " + data.path("fingerprint").asText());
        }
        if (data.path("expiresAt").isTextual()) {
            facts.add("deadline " + times.of(data.path("expiresAt")));
        }
        if (data.path("cause").isTextual()) {
            JsonNode reconcile = data.path("reconcile");
            facts.add(data.path("cause").asText());
            facts.add("reconcile from " + TimeText.instant(reconcile.path("from")) + " to "
                    + TimeText.instant(reconcile.path("to")));
        }
        return facts.toString();
    }
}
