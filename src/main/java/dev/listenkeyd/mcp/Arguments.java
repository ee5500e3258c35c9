package dev.listenkeyd.mcp;

import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Arguments of a tool, taken strictly. Complaints repeat nothing of what an agent sent: it may be a key. */
final class Arguments {
    private Arguments() {}

    /** @throws LeaseRefused when there are others than these */
    static void requireOnly(Map<String, Object> arguments, String... known) {
        List<String> names = Arrays.asList(known);
        if (!names.containsAll(arguments.keySet())) {
            throw invalid("only " + String.join(" and ", names) + (names.size() == 1 ? " is" : " are") + " understood");
        }
    }

    /** Null when it is not given. */
    static @Nullable String text(Map<String, Object> arguments, String name, Pattern syntax) {
        Object value = arguments.get(name);
        if (value == null) {
            return null;
        }
        if (value instanceof String text && syntax.matcher(text).matches()) {
            return text;
        }
        throw invalid(name + ": is not valid");
    }

    static LeaseRefused invalid(String sentence) {
        return new LeaseRefused(Refusal.INVALID_REQUEST, sentence);
    }
}
