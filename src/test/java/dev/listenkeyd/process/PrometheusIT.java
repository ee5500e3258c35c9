package dev.listenkeyd.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.listenkeyd.deploy.GrafanaDashboard;
import dev.listenkeyd.notify.webhook.WebhookReceiver;
import dev.listenkeyd.sandbox.Reply;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped alerts and the shipped dashboard, in a real Prometheus that scrapes the daemon through one trouble after another. */
public class PrometheusIT {
    private static final List<String> ACCOUNTS = List.of("desk-1", "desk-2");
    private static final String FIRST = ACCOUNTS.get(0);

    /** The alerts are made for leases of 60 minutes: these live shorter by {@link #HURRY}, and so does every time of an alert. */
    private static final Duration TTL = Duration.ofSeconds(30);

    private static final int HURRY = 120;

    /** Less than half of the lease: a loop and a scrape that look once a second can't be hurried. */
    private static final String RENEW_EVERY = "10s";

    private static final Duration BAN = Duration.ofSeconds(6);

    /** An hour of the alerts, and the key's life, and what a busy machine takes on top. */
    private static final Duration SOON = TTL.plusSeconds(60);

    @TempDir
    private Path folder;

    private ProcessFixture bench;
    private WebhookReceiver receiver;

    @BeforeEach
    void setUp() throws Exception {
        boolean installed = PrometheusProcess.isInstalled();
        // Where it must not be missing: a check that skips itself for ever is none.
        if (System.getenv("CI") != null) {
            assertThat(installed)
                    .as("the variable CI is set, and prometheus is on the path")
                    .isTrue();
        }
        assumeTrue(installed, "no prometheus on the path: alerts and dashboard are not tried");
        receiver = new WebhookReceiver();
        bench = new ProcessFixture(folder, TTL)
                .keepPort()
                .set("ACCOUNTS_MAIN_SINK_FILE", folder.resolve("main.json").toString())
                .set("WEBHOOKS_PAGER_URL", receiver.url())
                .set("WEBHOOKS_PAGER_SECRET", WebhookReceiver.SECRET)
                .set("LEASE_RENEW_EVERY", RENEW_EVERY)
                .set("BINANCE_CALL_TIMEOUT", "2s")
                .set("BUDGET_WINDOW", "1s");
    }

    @AfterEach
    void cleanUp() throws InterruptedException {
        if (bench != null) {
            bench.close();
            receiver.close();
        }
    }

    @Test
    void alertsFireAndClearAndTheDashboardShowsIt() throws Exception {
        DaemonProcess daemon = bench.start().awaitReady();
        bench.registerAll(daemon, ACCOUNTS);
        Path place = Files.createDirectory(folder.resolve("prometheus"));
        // Somebody must follow the events, so that there is a time of their delivery to show.
        URI events = daemon.address().resolve("/v1/events?type=renewed");
        try (InputStream subscriber = events.toURL().openStream();
                PrometheusProcess prometheus =
                        PrometheusProcess.start(place, daemon.address().getAuthority(), HURRY)) {
            assertThat(subscriber.read()).isPositive();
            List<GrafanaDashboard.Expression> empty = peace(prometheus);
            outage(prometheus);
            recovery(prometheus, daemon);
            empty.removeIf(expression -> prometheus.hasData(expression.promql()));
            assertThat(empty).as("show nothing, whatever happens").isEmpty();
            ban(prometheus, daemon);
            refusal(prometheus, daemon);
            awaitFiring(prometheus);
            downUntilTheKeysAreDead(prometheus, daemon);
        }
    }

    /** Returns what shows nothing in peace. */
    private static List<GrafanaDashboard.Expression> peace(PrometheusProcess prometheus) throws Exception {
        List<GrafanaDashboard.Expression> empty =
                new ArrayList<>(GrafanaDashboard.shipped().expressions());
        assertThat(empty).hasSizeGreaterThan(15);
        await().atMost(SOON).untilAsserted(() -> {
            empty.removeIf(expression -> prometheus.hasData(expression.promql()));
            assertThat(empty).allMatch(GrafanaDashboard.Expression::awaitsEvents);
        });
        awaitFiring(prometheus);
        return empty;
    }

    private void outage(PrometheusProcess prometheus) {
        bench.exchange.vanish();
        awaitFiring(prometheus, "ListenkeyNoSuccess", "ListenkeyLost");
        assertThat(prometheus.fired())
                .as("on the way there")
                .contains("ListenkeyNotRenewedInTime", "ListenkeySurvivableOutageShort", "ListenkeyAtRisk");
    }

    private void recovery(PrometheusProcess prometheus, DaemonProcess daemon) {
        bench.exchange.comeBack();
        bench.awaitAllActive(daemon, ACCOUNTS.size());
        awaitFiring(prometheus, "ListenkeyLost", "ListenkeyRotated");
        assertThat(prometheus.query("listenkey_leases{status=\"ACTIVE\"} == " + ACCOUNTS.size()))
                .as("told, though all keys live again")
                .isNotEmpty();
    }

    private void ban(PrometheusProcess prometheus, DaemonProcess daemon) {
        bench.exchange.failAll(Reply.banned(Instant.now().plus(BAN)));
        renew(daemon);
        await().atMost(SOON).untilAsserted(() -> assertThat(prometheus.firing()).contains("ListenkeyBanned"));
        bench.exchange.heal();
        await().atMost(SOON).untilAsserted(() -> assertThat(prometheus.firing()).doesNotContain("ListenkeyBanned"));
    }

    private void refusal(PrometheusProcess prometheus, DaemonProcess daemon) {
        bench.exchange.fail(ProcessFixture.apiKey(FIRST), Reply.REFUSED);
        renew(daemon);
        await().atMost(SOON)
                .untilAsserted(() ->
                        assertThat(prometheus.firing()).contains("ListenkeyCredentialsRefused", "ListenkeyAtRisk"));
        bench.exchange.heal();
        renew(daemon);
        bench.awaitAllActive(daemon, ACCOUNTS.size());
    }

    /** What is lost before the first scrape is a count that never grew. */
    private void downUntilTheKeysAreDead(PrometheusProcess prometheus, DaemonProcess daemon) throws Exception {
        daemon.kill();
        awaitFiring(prometheus, "ListenkeyAbsent");
        await("all keys are dead")
                .atMost(SOON)
                .until(() -> bench.ledger().expired().size() == 2 * ACCOUNTS.size());

        bench.awaitAllActive(bench.start().awaitReady(), ACCOUNTS.size());

        awaitFiring(prometheus, "ListenkeyLost", "ListenkeyRotated");
    }

    private static void renew(DaemonProcess daemon) {
        daemon.call("POST", "/v1/listen-keys/" + FIRST + "/renew", "");
    }

    /** Until these fire, and no others. */
    private static void awaitFiring(PrometheusProcess prometheus, String... alerts) {
        await().atMost(SOON).untilAsserted(() -> assertThat(prometheus.firing()).containsExactlyInAnyOrder(alerts));
    }
}
