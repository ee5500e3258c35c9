package dev.listenkeyd.config;

import io.quarkus.runtime.configuration.DurationConverter;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.eclipse.microprofile.config.Config;

/**
 * Reads settings that are single values and no secrets. A wrong value is a violation, and counts as the fallback, so that the
 * relations between the other values are still checked. ({@code @ConfigMapping} would report wrong values before and apart
 * from all other violations, and would quote the password of an address.)
 */
final class Values {
    private static final Pattern OWN = eitherName("LISTENKEYD_");

    private final Config config;
    private final Violations violations;

    Values(Config config, Violations violations) {
        this.config = config;
        this.violations = violations;
    }

    /**
     * Names of the daemon's own settings, as properties and as variables. They are found before any is converted: most names are
     * Quarkus'.
     */
    static Stream<String> ownNames(Config config) {
        return StreamSupport.stream(config.getPropertyNames().spliterator(), false)
                .filter(name -> OWN.matcher(name).lookingAt());
    }

    /** The name of the variable that sets this property. */
    static String variable(String property) {
        return property.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    /** Matches settings by the names of their variables, as in the expression, and by those of their properties. */
    static Pattern eitherName(String variables) {
        return Pattern.compile(variables.replace("_", "[_.-]"), Pattern.CASE_INSENSITIVE);
    }

    /** Empty when it is not set. */
    String text(String name) {
        return config.getOptionalValue(name, String.class).orElse("").strip();
    }

    Duration duration(String name, Duration fallback) {
        return value(name, DurationConverter::parseDuration, fallback);
    }

    Duration positiveDuration(String name) {
        Duration duration = duration(name, Duration.ofSeconds(1));
        if (duration.toMillis() < 1) {
            violations.add(variable(name) + ": must be at least 1ms");
        }
        return duration;
    }

    int number(String name, int least) {
        return value(
                name,
                raw -> {
                    int number = Integer.parseInt(raw);
                    if (number < least) {
                        throw new IllegalArgumentException(
                                least == 0 ? "must not be negative" : "must be at least " + least);
                    }
                    return number;
                },
                Math.max(1, least));
    }

    boolean flag(String name) {
        return value(
                name,
                raw -> {
                    if (!raw.equalsIgnoreCase("true") && !raw.equalsIgnoreCase("false")) {
                        throw new IllegalArgumentException("neither true nor false");
                    }
                    return Boolean.valueOf(raw);
                },
                false);
    }

    /** One of the constants, in lower case. */
    <E extends Enum<E>> E choice(String name, Class<E> type) {
        E[] all = type.getEnumConstants();
        String words = Arrays.toString(all).toLowerCase(Locale.ROOT);
        return value(
                name,
                raw -> Arrays.stream(all)
                        .filter(one -> one.name().equalsIgnoreCase(raw))
                        .findFirst()
                        .orElseThrow(() ->
                                new IllegalArgumentException("none of " + words.substring(1, words.length() - 1))),
                all[0]);
    }

    <T> T value(String name, Function<String, T> parser, T fallback) {
        String raw = config.getOptionalValue(name, String.class).orElse("");
        try {
            T value = parser.apply(raw.strip());
            if (value != null) {
                return value;
            }
            violations.add(variable(name) + ": must not be empty");
        } catch (NumberFormatException e) {
            violations.add(variable(name) + "=" + raw + ": not a number");
        } catch (IllegalArgumentException e) {
            violations.add(variable(name) + (mayHoldPassword(raw) ? "" : "=" + raw) + ": " + e.getMessage());
        }
        return fallback;
    }

    /** An address may have a password before its host, or in its query or fragment. */
    private static boolean mayHoldPassword(String raw) {
        return raw.contains("@") || (raw.contains("://") && (raw.contains("?") || raw.contains("#")));
    }
}
