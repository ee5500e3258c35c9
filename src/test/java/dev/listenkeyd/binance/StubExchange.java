package dev.listenkeyd.binance;

import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Map;

/** An exchange on a loopback port of its own, and the settings of a daemon that calls it. */
public final class StubExchange implements QuarkusTestResourceLifecycleManager {
    static final long CALL_TIMEOUT_MILLIS = 800;

    private final WireMockServer server =
            new WireMockServer(options().bindAddress("127.0.0.1").dynamicPort());

    @Override
    public Map<String, String> start() {
        server.start();
        return Map.of(
                "listenkeyd.binance.url",
                "http://127.0.0.1:" + server.port(),
                "listenkeyd.binance.connect-timeout",
                "500ms",
                "listenkeyd.binance.call-timeout",
                CALL_TIMEOUT_MILLIS + "ms",
                "listenkeyd.lease.retry-min",
                "20ms",
                "listenkeyd.store.file",
                temporaryStore(),
                "quarkus.http.test-port",
                "0");
    }

    @Override
    public void stop() {
        server.stop();
    }

    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(server, new TestInjector.MatchesType(WireMockServer.class));
    }

    private static String temporaryStore() {
        try {
            return Files.createTempDirectory("listenkeyd-wire")
                    .resolve("test.db")
                    .toString();
        } catch (IOException e) {
            throw new UncheckedIOException("no temporary folder", e);
        }
    }
}
