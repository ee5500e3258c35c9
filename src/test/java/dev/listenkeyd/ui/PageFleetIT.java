package dev.listenkeyd.ui;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.listenkeyd.ui.PageIT.row;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.listenkeyd.process.DaemonProcess;
import dev.listenkeyd.process.FleetFixture;
import dev.listenkeyd.process.ProcessFixture;
import dev.listenkeyd.sandbox.Reply;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Pattern;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page with two replicas, of which one is banned and then dies. */
@NullUnmarked
class PageFleetIT {
    private static final Duration TTL = Duration.ofMinutes(10);
    private static final int LEASES = 6;

    @TempDir
    private Path folder;

    private Browser browser;
    private FleetFixture fleet;
    private DaemonProcess daemon;

    @BeforeEach
    void start() throws IOException {
        browser = Browser.start();
        fleet = new FleetFixture(folder, TTL)
                .set("REPLICA_TTL", "3s")
                .set("LEASE_RENEW_EVERY", "5s")
                .set("LEASE_CHECK_EVERY", "off");
        daemon = fleet.start("r-a");
        DaemonProcess other = fleet.start("r-b");
        daemon.awaitReady();
        other.awaitReady();
        for (int lease = 0; lease < LEASES; lease++) {
            String registration = ProcessFixture.registration("desk-" + lease, "recreate");
            Assertions.assertThat(
                            daemon.call("POST", "/v1/listen-keys", registration).statusCode())
                    .isEqualTo(201);
        }
    }

    @AfterEach
    void stop() throws Exception {
        if (fleet != null) {
            fleet.close();
        }
        if (browser != null) {
            browser.close();
        }
    }

    @Test
    void theReplicasAndTheOwnersOfTheLeasesAreShown() throws Exception {
        Page page = browser.open(daemon.address());
        Locator replicas = page.locator("#replicas");
        assertThat(replica(page, "r-a")).containsText("live, answers here");
        assertThat(replica(page, "r-b")).containsText(Pattern.compile("live.*[1-5]"));
        assertThat(replicas.locator(".trouble")).isEmpty();
        assertThat(page.locator(".canvas .replica").getByText("r-b").first()).isVisible();
        assertThat(page.locator(".canvas .replica").getByText("r-a").first()).isVisible();
        row(page, "desk-0").click();
        assertThat(page.locator("#detail .facts")).containsText(Pattern.compile("Replicar-[ab]"));
        assertThat(page.locator("#gauges")).containsText("replica r-a");
        browser.assertAccessible(page, "two replicas");
        browser.screenshot(page, "replicas");

        fleet.exchange.failFrom(
                FleetFixture.addressOf("r-b"), Reply.banned(Instant.now().plus(TTL)));
        assertThat(replicas.locator(".trouble")).containsText("Replica r-b may not call the exchange");
        assertThat(replica(page, "r-b")).containsText("may not call");

        fleet.forget("r-b").kill();
        assertThat(replicas.locator(".trouble")).containsText("Replica r-b is gone: it was heard of last at");
        assertThat(replica(page, "r-b")).containsText("gone");
        assertThat(page.locator(".canvas .replica").getByText("r-a")).hasCount(LEASES);
        browser.assertAccessible(page, "a replica is gone");
        Page phone = browser.tab(
                daemon.address(),
                new NewContextOptions().setViewportSize(360, 740).setColorScheme(ColorScheme.DARK));
        phone.navigate(daemon.address() + "/ui/");
        assertThat(phone.locator("#replicas")).containsText("Replica r-b is gone");
        Browser.assertFits(phone);
        browser.assertAccessible(phone, "a replica is gone, on a phone in the dark");
        browser.screenshot(phone, "replicas-phone");
        browser.assertFaultless();
    }

    private static Locator replica(Page page, String name) {
        return page.locator("#replicas tbody tr").filter(new Locator.FilterOptions().setHasText(name));
    }
}
