package dev.listenkeyd.config;

import dev.listenkeyd.sandbox.SandboxStream;
import io.quarkus.runtime.configuration.DurationConverter;
import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Settings derived from others: the sandbox's defaults, and settings of libraries. They override application.properties, and
 * the environment overrides them. Settings that keep a sandbox apart from real leases, or secrets out of the log, override
 * everything.
 */
public final class DerivedSettings implements ConfigSourceFactory {
    private static final int ORDINAL = 275;
    static final int FORCED = Integer.MAX_VALUE - 1;
    /** A lease can't wait longer for the circuit breaker to let a call through. */
    private static final Duration LONGEST_BREAK = Duration.ofSeconds(1);

    /** Of a replica's name. */
    private static final int RANDOM_DIGITS = 6;

    private static final int MOST_HOST = 64;

    private static @Nullable Path sandboxFolder;
    private static @Nullable String replica;
    private static final String CALLS = "quarkus.fault-tolerance.\"dev.listenkeyd.binance.ExchangeCalls/send\".";

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        Map<String, String> derived = new HashMap<>();
        Map<String, String> forced = new HashMap<>();
        // A few small calls at a time need no HTTP/2, which has its own ways to overload a server.
        forced.put("quarkus.http.http2", "false");
        // Neither addresses nor headers: either may contain a key or a token by mistake.
        forced.put("quarkus.http.access-log.pattern", "%h %u %t %m %s %b");
        if (Boolean.parseBoolean(value(context, "listenkeyd.sandbox"))) {
            derived.put("listenkeyd.lease.ttl", "60s");
            derived.put("listenkeyd.lease.renew-every", "30s");
            derived.put("listenkeyd.lease.check-every", "5s");
            derived.put("listenkeyd.binance.stream-url", sandboxStream(context));
            // A stop would wait for calls that have become connections of the stream: to Quarkus they never end.
            derived.put("quarkus.shutdown.timeout", "");
            // Never the store of real leases, which the sandbox would overwrite.
            forced.put("listenkeyd.store.file", sandboxStore().toString());
        } else if (serveHttps(context)) {
            // With HTTPS, the plain port opens only on request. Certificates get replaced while the daemon runs.
            derived.put("quarkus.http.insecure-requests", "disabled");
            derived.put("quarkus.tls.reload-period", "1m");
        }
        chooseStore(value(context, "listenkeyd.store.url"), derived, forced);
        Long callTimeout = millis(value(context, "listenkeyd.binance.call-timeout"));
        if (callTimeout != null) {
            derived.put(CALLS + "timeout.value", callTimeout.toString());
            derived.put(CALLS + "timeout.unit", "millis");
        }
        Long retryMin = millis(value(context, "listenkeyd.lease.retry-min"));
        if (retryMin != null) {
            long delay = Math.min(retryMin, LONGEST_BREAK.toMillis());
            derived.put(CALLS + "circuit-breaker.delay", Long.toString(delay));
            derived.put(CALLS + "circuit-breaker.delay-unit", "millis");
        }
        return List.of(
                new PropertiesConfigSource(derived, "derived settings", ORDINAL),
                new PropertiesConfigSource(forced, "fixed settings", FORCED));
    }

    private static void chooseStore(@Nullable String url, Map<String, String> derived, Map<String, String> forced) {
        if (url != null && !url.isBlank()) {
            forced.put("quarkus.datasource.sqlite.active", "false");
            forced.put("quarkus.datasource.postgresql.active", "true");
            derived.put("quarkus.datasource.postgresql.jdbc.url", url.strip());
            derived.put("listenkeyd.replica", replica());
        }
    }

    /** Deletes the sandbox's folder, if there is one. */
    public static void deleteSandboxStore() {
        Path folder = sandboxFolder;
        if (folder == null || !Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                // SQLite may remove its log meanwhile.
                Files.deleteIfExists(file);
            }
            Files.delete(folder);
        } catch (IOException e) {
            Logger.getLogger("listenkeyd").warnf("%s could not be removed", folder);
        }
    }

    /** Null when it is no duration; SettingsReader reports that. */
    private static @Nullable Long millis(@Nullable String duration) {
        try {
            Duration parsed = duration == null ? null : DurationConverter.parseDuration(duration);
            return parsed == null ? null : parsed.toMillis();
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static boolean serveHttps(ConfigSourceContext context) {
        List<String> names = new ArrayList<>();
        context.iterateNames().forEachRemaining(names::add);
        return TlsSettings.serveHttps(names);
    }

    private static @Nullable String value(ConfigSourceContext context, String name) {
        ConfigValue value = context.getValue(name);
        return value == null ? null : value.getValue();
    }

    private static String sandboxStream(ConfigSourceContext context) {
        String host = String.valueOf(value(context, "quarkus.http.host"));
        return "ws://" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + value(context, "quarkus.http.port")
                + SandboxStream.PATH;
    }

    /** The machine's name with a random part: several processes of one machine have names of their own. */
    private static String replica() {
        if (replica == null) {
            String host = hostName().replaceAll("[^A-Za-z0-9._-]|^[._-]+", "");
            String random = UUID.randomUUID().toString().substring(0, RANDOM_DIGITS);
            replica = (host.length() > MOST_HOST ? host.substring(0, MOST_HOST) : host) + "-" + random;
        }
        return replica;
    }

    private static String hostName() {
        String variable = System.getenv("HOSTNAME");
        if (variable != null && !variable.isBlank()) {
            return variable;
        }
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "replica";
        }
    }

    /** The name can't be guessed. The folder is created together with the store. */
    private static Path sandboxStore() {
        if (sandboxFolder == null) {
            String name = "listenkeyd-sandbox-" + UUID.randomUUID();
            sandboxFolder = Path.of(System.getProperty("java.io.tmpdir"), name);
        }
        return sandboxFolder.resolve("sandbox.db");
    }
}
