package dev.listenkeyd.app;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Everything that is wrong with a configuration, so that one start tells it all. */
final class Violations {
    private final List<String> sentences = new ArrayList<>();

    void add(String sentence) {
        sentences.add(sentence);
    }

    void addAll(List<String> more) {
        sentences.addAll(more);
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
