package dev.listenkeyd.telemetry;

import dev.listenkeyd.exchange.StandInResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A daemon with clients; every category logs everything, into one file. */
public final class DaemonLoggingAll implements QuarkusTestProfile {
    static final String LOG_FILE = "quarkus.log.file.path";

    static final String TOKEN = "bOtToKeN.9fQ2~Zr7+Lw4/Xc8-Vb3_Nm6==";
    static final String READER_TOKEN = "rEaDeRtOkEn.5tGb2~Yh7+Uj4/Ik9==";
    /** Base64 of 32 bytes. */
    static final String SECRETS_KEY = "q83vEjRWeJq83vASNFZ4kKvN7xI0VniQq83vEjRWeJA=";

    @Override
    public Map<String, String> getConfigOverrides() {
        Map<String, String> overrides = new HashMap<>(Map.of(
                "listenkeyd.clients.bot.token", TOKEN,
                "listenkeyd.clients.bot.scopes", "read,write,reveal,approve",
                "listenkeyd.clients.reader.token", READER_TOKEN,
                "listenkeyd.clients.reader.scopes", "read",
                "listenkeyd.secrets.key", SECRETS_KEY,
                "quarkus.log.min-level", "TRACE",
                "quarkus.log.level", "TRACE",
                "quarkus.log.console.level", "ERROR",
                "quarkus.rest-client.logging.scope", "all",
                "quarkus.http.access-log.enabled", "true"));
        overrides.put("quarkus.config.log.values", "true");
        overrides.put("quarkus.http.access-log.pattern", "%r %{ALL_REQUEST_HEADERS} %q %{i,Authorization}");
        for (String quiet : List.of(
                "org.flywaydb",
                "io.quarkus.flyway",
                "io.quarkus.agroal",
                "io.smallrye.health",
                "io.smallrye.config",
                "io.vertx",
                "io.vertx.ext.web.impl.RouterImpl",
                "io.netty",
                "io.quarkus.virtual-threads",
                "io.vertx.core.net.impl.ConnectionBase")) {
            overrides.put("quarkus.log.category.\"" + quiet + "\".level", "TRACE");
        }
        // The caller and the exchange of this test run in the same process; their logs are not the daemon's.
        for (String ours : List.of("jdk.internal.httpclient", "com.sun.net.httpserver")) {
            overrides.put("quarkus.log.category.\"" + ours + "\".level", "OFF");
        }
        return overrides;
    }

    @Override
    public List<TestResourceEntry> testResources() {
        return List.of(new TestResourceEntry(StandInResource.class), new TestResourceEntry(LogFile.class));
    }

    @Override
    public boolean disableGlobalTestResources() {
        return true;
    }

    /** Logs the whole run to a file in a folder of its own. */
    public static final class LogFile implements QuarkusTestResourceLifecycleManager {
        @Override
        public Map<String, String> start() {
            try {
                Path folder = Files.createTempDirectory("listenkeyd-talkative");
                return Map.of(
                        "quarkus.log.file.enabled",
                        "true",
                        "quarkus.log.file.level",
                        "ALL",
                        "quarkus.log.file.format",
                        "%d %-5p [%c] (%t) %X %s%e%n",
                        "quarkus.log.file.rotation.max-file-size",
                        "1G",
                        LOG_FILE,
                        folder.resolve("all.log").toString());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void stop() {
            // The file may be looked at afterwards.
        }
    }
}
