package dev.listenkeyd.app;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Everything that is wrong with a configuration, so that one start tells it all. */
final class Violations {
    private static final Pattern SHORT_NAME = Pattern.compile("\\b(lease|budget|audit)\\.[a-z-]+");

    private final List<String> sentences = new ArrayList<>();

    void add(String sentence) {
        sentences.add(sentence);
    }

    /** Sentences that name settings by their last words, {@code lease.ttl}: a person is told the variable. */
    void addAll(List<String> more) {
        for (String sentence : more) {
            add(SHORT_NAME.matcher(sentence).replaceAll(name -> SettingsReader.variable("listenkeyd." + name.group())));
        }
    }

    /** The value, or null when making it found it wrong. */
    <T> @Nullable T collect(String name, Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException e) {
            add(name + ": " + e.getMessage());
            return null;
        }
    }

    boolean isEmpty() {
        return sentences.isEmpty();
    }

    @Override
    public String toString() {
        return "listenkeyd can't start, its configuration is wrong:\n  - " + String.join("\n  - ", sentences);
    }
}
