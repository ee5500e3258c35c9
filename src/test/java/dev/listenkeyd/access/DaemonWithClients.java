package dev.listenkeyd.access;

import dev.listenkeyd.exchange.StandInResource;
import dev.listenkeyd.files.TrustedFile;
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

/** The daemon with clients, one for each scope and some more, and with TLS; one for all tests that need it. */
@NullUnmarked
public final class DaemonWithClients implements QuarkusTestProfile {
    /** Part of every token, so that a leak is found wherever it is. */
    public static final String TOKEN_MARK = "tOkEnMaRk";

    static final String BOT = "bot-" + TOKEN_MARK + "-0123";
    static final String BOT_NEXT = "bot-next-" + TOKEN_MARK + "-0123";
    static final String FROM_FILE = "file-" + TOKEN_MARK + "-0123";

    /** The setting with the folder of the certificates. */
    static final String FOLDER = "test.callers.folder";

    /** The token of the client with this scope and no other. */
    public static String token(String scope) {
        return scope + "-" + TOKEN_MARK + "-0123~+/==";
    }

    @Override
    public Set<Class<?>> getEnabledAlternatives() {
        return Set.of(ManualTicker.class, FailingApprovals.class);
    }

    @Override
    public List<TestResourceEntry> testResources() {
        return List.of(new TestResourceEntry(StandInResource.class), new TestResourceEntry(KeysAndTokens.class));
    }

    @Override
    public boolean disableGlobalTestResources() {
        return true;
    }

    /** Certificates, and settings with tokens. */
    public static final class KeysAndTokens implements QuarkusTestResourceLifecycleManager {
        @Override
        public Map<String, String> start() {
            try {
                Path folder = Files.createTempDirectory("listenkeyd-callers");
                Certificates certificates = new Certificates(folder);
                for (String name : List.of("server", "renewed", "client")) {
                    certificates.make(name);
                }
                Path tokens = TrustedFile.write(folder.resolve("tokens"), FROM_FILE);
                Path certificate = Files.copy(certificates.certificate("server"), folder.resolve("used.crt"));
                Path key = Files.copy(certificates.key("server"), folder.resolve("used.key"));
                return Map.ofEntries(
                        Map.entry(FOLDER, folder.toString()),
                        Map.entry("listenkeyd.clients.reader.token", token(Scope.READ)),
                        Map.entry("listenkeyd.clients.reader.scopes", Scope.READ),
                        Map.entry("listenkeyd.clients.writer.token", token(Scope.WRITE)),
                        Map.entry("listenkeyd.clients.writer.scopes", Scope.WRITE),
                        Map.entry("listenkeyd.clients.revealer.token", token(Scope.REVEAL)),
                        Map.entry("listenkeyd.clients.revealer.scopes", Scope.REVEAL),
                        Map.entry("listenkeyd.clients.approver.token", token(Scope.APPROVE)),
                        Map.entry("listenkeyd.clients.approver.scopes", Scope.APPROVE),
                        Map.entry("listenkeyd.clients.bot.token", BOT + "," + BOT_NEXT),
                        Map.entry("listenkeyd.clients.by-file.token-file", tokens.toString()),
                        Map.entry("quarkus.tls.key-store.pem.0.cert", certificate.toString()),
                        Map.entry("quarkus.tls.key-store.pem.0.key", key.toString()),
                        Map.entry(
                                "quarkus.tls.trust-store.pem.certs",
                                certificates.certificate("client").toString()),
                        Map.entry("quarkus.tls.reload-period", "1h"),
                        Map.entry("quarkus.http.insecure-requests", "enabled"),
                        Map.entry("quarkus.http.test-ssl-port", "0"));
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
