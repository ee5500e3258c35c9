package dev.listenkeyd.config;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Collects everything that is wrong with a configuration, so that one failed start reports it all. */
public final class Violations {
    private static final Pattern SHORT_NAME = Pattern.compile("\\b(lease|budget|audit)\\.[a-z-]+");

    private final List<String> sentences = new ArrayList<>();

    void add(String sentence) {
        sentences.add(sentence);
    }

    /** Adds sentences that name settings as {@code lease.ttl}; they are reported by their variables. */
    void addAll(List<String> more) {
        for (String sentence : more) {
            add(SHORT_NAME.matcher(sentence).replaceAll(name -> Values.variable("listenkeyd." + name.group())));
        }
    }

    /** Returns the value, or null when it is invalid. */
    <T> @Nullable T collect(String name, Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException e) {
            add(name + ": " + e.getMessage());
            return null;
        }
    }

    /** Returns the content of a file, or null when it is invalid. */
    <T> @Nullable T read(String variable, String file, Function<Path, T> reader) {
        Path path;
        try {
            path = Path.of(file);
        } catch (InvalidPathException e) {
            add(variable + ": not the path of a file");
            return null;
        }
        return collect(isPlace(path) ? variable + "=" + file : variable, () -> reader.apply(path));
    }

    /** Whether the path can be shown. A path to nowhere may be a secret that was given instead of its file. */
    private static boolean isPlace(Path file) {
        Path folder = file.getParent();
        return Files.exists(file) || (folder != null && folder.getNameCount() > 0 && Files.isDirectory(folder));
    }

    boolean isEmpty() {
        return sentences.isEmpty();
    }

    @Override
    public String toString() {
        return "listenkeyd can't start, its configuration is wrong:\n  - " + String.join("\n  - ", sentences);
    }
}
