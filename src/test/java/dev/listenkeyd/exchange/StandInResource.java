package dev.listenkeyd.exchange;

import dev.listenkeyd.notify.webhook.WebhookReceiver;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.NullUnmarked;

/** The daemon against a stand-in for the exchange, with a store of its own; one for all tests that need it. */
@NullUnmarked
public final class StandInResource implements QuarkusTestResourceLifecycleManager {
    /** Stands in every API key, so that a leak is found wherever it is. */
    public static final String API_KEY_MARK = "aPiKeYmArK";

    /** Of the configured accounts {@code main} and {@code second}. */
    public static final String MAIN_API_KEY = API_KEY_MARK + "main";

    public static final String SECOND_API_KEY = API_KEY_MARK + "second";

    public static final Duration CALL_TIMEOUT = Duration.ofSeconds(2);

    /** The webhook that is told of everything. */
    public static final String WEBHOOK = "pager";

    /** Stands in its address, as a password and in the query. */
    public static final String WEBHOOK_PASSWORD = "wEbHoOkPaSsWoRd0123";

    private StandInExchange exchange;
    private WebhookReceiver receiver;

    @Override
    public Map<String, String> start() {
        exchange = StandInExchange.start(Duration.ofMinutes(60));
        receiver = webhookReceiver();
        return Map.ofEntries(
                Map.entry("listenkeyd.binance.url", exchange.url()),
                Map.entry("listenkeyd.binance.stream-url", "wss://stream.example/private/ws/"),
                Map.entry("listenkeyd.binance.call-timeout", CALL_TIMEOUT.toMillis() + "ms"),
                Map.entry("listenkeyd.store.file", temporaryFile().toString()),
                Map.entry("listenkeyd.accounts.main.api-key", MAIN_API_KEY),
                Map.entry("listenkeyd.accounts.second.api-key", SECOND_API_KEY),
                Map.entry("listenkeyd.webhooks." + WEBHOOK + ".url", receiver.url("hook", WEBHOOK_PASSWORD)),
                Map.entry("listenkeyd.webhooks." + WEBHOOK + ".secret", WebhookReceiver.SECRET),
                Map.entry("listenkeyd.lease.confirm", "always"),
                Map.entry("listenkeyd.budget.weight", "100000"),
                Map.entry("listenkeyd.api.hosts", "keys.example"));
    }

    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(exchange, new TestInjector.MatchesType(StandInExchange.class));
        injector.injectIntoFields(receiver, new TestInjector.MatchesType(WebhookReceiver.class));
    }

    @Override
    public void stop() {
        exchange.close();
        receiver.close();
    }

    private static WebhookReceiver webhookReceiver() {
        try {
            return new WebhookReceiver();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path temporaryFile() {
        try {
            Path folder = Files.createTempDirectory("listenkeyd-test");
            folder.toFile().deleteOnExit();
            return folder.resolve("leases.db");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
