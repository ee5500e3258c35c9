package dev.listenkeyd.connection;

import dev.listenkeyd.access.Certificates;
import dev.listenkeyd.access.ManualTicker;
import dev.listenkeyd.exchange.StandInResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;

/** The daemon with few places for connections, one client, and HTTPS beside HTTP. */
@NullUnmarked
public final class DaemonWithFewConnections implements QuarkusTestProfile {
    static final int PLACES = 32;
    static final String TOKEN = "crowded-0123456789";
    static final String FOLDER = "test.crowded.folder";

    @Override
    public Set<Class<?>> getEnabledAlternatives() {
        return Set.of(ManualTicker.class);
    }

    @Override
    public Map<String, String> getConfigOverrides() {
        return Map.of(
                "listenkeyd.api.connections-max",
                Integer.toString(PLACES),
                "listenkeyd.clients.bot.token",
                TOKEN,
                "quarkus.http.insecure-requests",
                "enabled",
                "quarkus.tls.reload-period",
                "1h",
                "quarkus.http.test-ssl-port",
                "0");
    }

    @Override
    public List<TestResourceEntry> testResources() {
        return List.of(new TestResourceEntry(StandInResource.class), new TestResourceEntry(Keys.class));
    }

    @Override
    public boolean disableGlobalTestResources() {
        return true;
    }

    /** The certificate. */
    public static final class Keys implements QuarkusTestResourceLifecycleManager {
        @Override
        public Map<String, String> start() {
            try {
                Path folder = Files.createTempDirectory("listenkeyd-crowded");
                Certificates certificates = new Certificates(folder);
                certificates.make("server");
                return Map.of(
                        FOLDER,
                        folder.toString(),
                        "quarkus.tls.key-store.pem.0.cert",
                        certificates.certificate("server").toString(),
                        "quarkus.tls.key-store.pem.0.key",
                        certificates.key("server").toString());
            } catch (IOException | GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void stop() {
            // The folder is temporary, and its content no secret.
        }
    }
}
