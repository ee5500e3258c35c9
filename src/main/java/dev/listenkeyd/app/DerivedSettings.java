package dev.listenkeyd.app;

import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.jspecify.annotations.Nullable;

/**
 * Settings that follow from others: the sandbox's defaults, and what libraries want in their own terms. Above
 * application.properties, below the environment.
 */
public final class DerivedSettings implements ConfigSourceFactory {
    private static final int ORDINAL = 275;
    private static final String CALLS = "quarkus.fault-tolerance.\"dev.listenkeyd.binance.ExchangeCalls/send\".";

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        Map<String, String> derived = new HashMap<>();
        if (Boolean.parseBoolean(value(context, "listenkeyd.sandbox"))) {
            derived.put("listenkeyd.binance.url", "http://127.0.0.1:${quarkus.http.port}/sandbox");
            derived.put("listenkeyd.lease.ttl", "60s");
            derived.put("listenkeyd.lease.renew-every", "30s");
            // The stand-in forgets its keys when the process ends; leases that outlive them would only look lost.
            derived.put("listenkeyd.store.file", temporaryStore().toString());
        }
        putMillis(derived, CALLS + "timeout.value", value(context, "listenkeyd.binance.call-timeout"));
        derived.put(CALLS + "timeout.unit", "millis");
        putMillis(derived, CALLS + "circuit-breaker.delay", value(context, "listenkeyd.lease.retry-min"));
        derived.put(CALLS + "circuit-breaker.delay-unit", "millis");
        return List.of(new PropertiesConfigSource(derived, "derived settings", ORDINAL));
    }

    private static void putMillis(Map<String, String> derived, String name, @Nullable String duration) {
        try {
            derived.put(
                    name,
                    Long.toString(DurationConverter.parseDuration(duration).toMillis()));
        } catch (IllegalArgumentException | NullPointerException e) {
            // Settings reports it, with everything else that is wrong.
            derived.remove(name);
        }
    }

    private static @Nullable String value(ConfigSourceContext context, String name) {
        ConfigValue value = context.getValue(name);
        return value == null ? null : value.getValue();
    }

    private static Path temporaryStore() {
        try {
            Path folder = Files.createTempDirectory("listenkeyd-sandbox");
            Path file = folder.resolve("sandbox.db");
            folder.toFile().deleteOnExit();
            for (String suffix : List.of("", "-wal", "-shm", ".lock")) {
                Path.of(file + suffix).toFile().deleteOnExit();
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException("no temporary folder for the sandbox", e);
        }
    }
}
