package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.listenkeyd.exchange.CallLedger;
import dev.listenkeyd.exchange.StandInExchange;
import dev.listenkeyd.exchange.StandInResource;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An exchange, a folder with a store, and the daemons that are started there one after the other. */
public final class ProcessFixture {

    public final StandInExchange exchange;
    public final Path folder;
    private final Map<String, String> environment = new HashMap<>();
    private final List<DaemonProcess> daemons = new ArrayList<>();
    private List<String> launcher = List.of();
    private @Nullable List<String> flags;

    public ProcessFixture(Path folder, Duration ttl) {
        this.folder = folder;
        this.exchange = StandInExchange.start(ttl);
        set("BINANCE_URL", exchange.url());
        set("STORE_FILE", storeFile().toString());
        set("LEASE_TTL", ttl.toSeconds() + "s");
        set("LEASE_RETRY_MIN", "200ms");
        set("LEASE_RETRY_MAX", "1s");
    }

    /** A setting, named without its prefix. */
    public ProcessFixture set(String name, String value) {
        environment.put("LISTENKEYD_" + name, value);
        return this;
    }

    /** A setting of Quarkus, named without its prefix. */
    public ProcessFixture setQuarkus(String name, String value) {
        environment.put("QUARKUS_" + name, value);
        return this;
    }

    /** What the daemons are told. */
    public Map<String, String> environment() {
        return Map.copyOf(environment);
    }

    /** Daemons listen on one and the same port, one after the other. */
    public ProcessFixture keepPort() throws IOException {
        environment.put(DaemonProcess.PORT, Integer.toString(DaemonProcess.freePort()));
        return this;
    }

    /** Daemons are started by this command from now on. */
    public void launchBy(List<String> command) {
        launcher = command;
    }

    /** Daemons are started with these flags of the JVM from now on. */
    public void flags(List<String> flagsOfJvm) {
        flags = flagsOfJvm;
    }

    public Path storeFolder() {
        return folder.resolve("store");
    }

    public Path storeFile() {
        return storeFolder().resolve("leases.db");
    }

    public DaemonProcess start() throws IOException {
        DaemonProcess daemon =
                DaemonProcess.start(folder, environment, launcher, flags == null ? DaemonProcess.quickStart() : flags);
        daemons.add(daemon);
        return daemon;
    }

    public CallLedger ledger() {
        return exchange.ledger();
    }

    public static String apiKey(String account) {
        return StandInResource.API_KEY_MARK + account;
    }

    /** @param onLoss as the API spells it */
    public HttpResponse<String> register(DaemonProcess daemon, String account, String onLoss) {
        return daemon.call("POST", "/v1/listen-keys", registration(account, onLoss));
    }

    public static String registration(String account, String onLoss) {
        return "{\"account\":\"" + account + "\",\"apiKey\":\"" + apiKey(account)
                + "\",\"holder\":\"bot\",\"onLoss\":\"" + onLoss + "\"}";
    }

    public void registerAll(DaemonProcess daemon, List<String> accounts) {
        accounts.forEach(account ->
                assertThat(register(daemon, account, "recreate").statusCode()).isIn(201, 202));
        awaitAllActive(daemon, accounts.size());
    }

    public void awaitAllActive(DaemonProcess daemon, int accounts) {
        await(accounts + " leases are ACTIVE").atMost(SOON).until(() -> {
            Map<String, JsonNode> leases = daemon.leases();
            return leases.size() == accounts
                    && leases.values().stream()
                            .allMatch(lease -> lease.get("status").asText().equals("ACTIVE"));
        });
    }

    /** Until each account had a call, sent since then, that worked. */
    public void awaitSuccessOfAll(List<String> accounts, Instant since, Duration patience) {
        await("a call of every account worked since " + since)
                .atMost(patience)
                .until(() -> accounts.stream()
                        .allMatch(account -> ledger().callsSince(since).stream()
                                .anyMatch(call ->
                                        call.succeeded() && call.apiKey().equals(apiKey(account)))));
    }

    /**
     * What the daemon says of its keys is what the exchange knows: the very key, and no deadline later than the
     * exchange's own.
     */
    public void assertKeysAreTrue(DaemonProcess daemon, List<String> accounts) {
        for (String account : accounts) {
            JsonNode key = daemon.get("/v1/listen-keys/" + account + "/key");
            List<CallLedger.Life> lives = ledger().livesOf(apiKey(account));
            CallLedger.Life newest = lives.get(lives.size() - 1);
            assertThat(key.get("listenKey").asText()).as(account).isEqualTo(newest.key());
            assertThat(key.get("generation").asInt()).as(account).isEqualTo(lives.size());
            assertThat(Instant.parse(key.get("expiresAt").asText()))
                    .as("deadline of %s", account)
                    .isBeforeOrEqualTo(newest.expiresAt());
        }
    }

    /** Ends everything; nobody may have said what must not be said. */
    public void close() throws InterruptedException {
        for (DaemonProcess daemon : daemons) {
            daemon.kill();
        }
        exchange.close();
        for (DaemonProcess daemon : daemons) {
            assertThat(daemon.output())
                    .doesNotContain(
                            "\tat ",
                            "Exception in thread",
                            StandInExchange.LISTEN_KEY_MARK,
                            StandInResource.API_KEY_MARK);
        }
    }
}
