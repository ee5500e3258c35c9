package dev.listenkeyd.ui;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.listenkeyd.ui.PageIT.row;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.Route.FulfillOptions;
import com.microsoft.playwright.options.AriaRole;
import dev.listenkeyd.bench.PreparedStore;
import dev.listenkeyd.process.DaemonProcess;
import dev.listenkeyd.process.ProcessFixture;
import dev.listenkeyd.store.StoreFolder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Pattern;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The page with a large fleet, and with answers that want to be more than text. */
@NullUnmarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LargePageIT {
    private static final int FLEET = 12_000;
    private static final Duration TTL = Duration.ofHours(1);

    /** Many more than are in sight, and far fewer than the leases. */
    private static final int MOST_ROWS = 120;

    /** Markup, and characters that reverse or hide the rest. */
    private static final String HOSTILE =
            "</b><img src=x onerror=alert(1)><script>alert(2)</script> \\u202eevil\\u202c \\u200bx";

    private Browser browser;
    private ProcessFixture fixture;
    private DaemonProcess daemon;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        browser = Browser.start();
        fixture = new ProcessFixture(folder, TTL)
                .set("SECRETS_KEY", StoreFolder.KEY)
                .set("LEASE_CHECK_EVERY", "off");
        Instant now = Instant.now();
        // Deadlines are spread over minutes; no call is due while the test runs.
        new PreparedStore(FLEET, number -> now.minusMillis(50L * number), Duration.ofMinutes(29), TTL)
                .write(fixture.storeFolder());
        daemon = fixture.start().awaitReady();
    }

    @AfterEach
    void nothingWentWrong() {
        browser.assertFaultless();
    }

    @AfterAll
    void stop() throws InterruptedException {
        if (fixture != null) {
            fixture.close();
        }
        if (browser != null) {
            browser.close();
        }
    }

    @Test
    void twelveThousandLeasesScroll() throws Exception {
        Page page = browser.open(daemon.address());
        assertThat(page.locator("#headline")).containsText("All 12,000 keys are alive");
        assertThat(page.locator("#shown")).hasText("12,000 leases");
        Locator grid = page.getByRole(AriaRole.GRID);
        assertThat(grid).hasAttribute("aria-rowcount", "12001");
        browser.image(page, "page-leases");

        grid.focus();
        page.keyboard().press("End");
        assertThat(row(page, PreparedStore.account(FLEET - 1))).isVisible();
        assertThat(row(page, PreparedStore.account(FLEET - 1))).hasAttribute("aria-rowindex", "12001");
        for (int step = 0; step < 60; step++) {
            page.mouse().move(400, 600);
            page.mouse().wheel(0, -5000);
        }
        page.keyboard().press("Home");
        assertThat(row(page, PreparedStore.account(0))).isVisible();
        Assertions.assertThat(page.locator(".canvas .row").count()).isBetween(5, MOST_ROWS);

        page.getByLabel("Search for an account or holder").fill("desk-0077");
        assertThat(page.locator("#shown")).hasText("100 of 12,000 leases");
        page.getByLabel("Order").selectOption("deadline");
        assertThat(row(page, PreparedStore.account(7799))).hasAttribute("aria-rowindex", "2");
        browser.assertAccessible(page, "a large fleet");
    }

    /** The daemon itself lets none of this through: here the answers are changed on their way. */
    @Test
    void everyTextOfOthersIsDataOnly() {
        Page page = browser.tab(daemon.address());
        String account = PreparedStore.account(5);
        page.route(Pattern.compile(".*/v1/listen-keys/" + account + ".*"), LargePageIT::makeHostile);
        page.navigate(daemon.address() + "/ui/#" + account);

        Locator detail = page.locator("#detail");
        assertThat(detail.locator(".facts")).containsText("<script>alert(2)</script> ⟨U+202E⟩evil⟨U+202C⟩ ⟨U+200B⟩x");
        assertThat(detail.locator(".happened")).containsText("<img src=x onerror=alert(1)>");
        assertThat(detail.locator(".advice")).containsText("<img src=x onerror=alert(1)>");
        assertThat(page.locator("img, main script")).hasCount(0);
        Assertions.assertThat(page.content()).doesNotContain("\u202e", "\u200b");
        Browser.assertFits(page);
        browser.screenshot(page, "hostile");
    }

    private static void makeHostile(Route route) {
        String body = Browser.fetchBody(route);
        String told = "\"" + HOSTILE + "\"";
        String changed = body.replace("\"holders\":[\"bot\"]", "\"holders\":[" + told + "]")
                .replace(
                        "\"lastFailure\":null",
                        "\"lastFailure\":{\"at\":\"2026-11-29T16:43:36Z\",\"reason\":" + told
                                + ",\"httpStatus\":400,\"code\":-1,\"message\":" + told + "}")
                .replaceFirst(
                        "\"happened\":\\[", java.util.regex.Matcher.quoteReplacement("\"happened\":[" + told + ","))
                .replace("\"advice\":[]", "\"advice\":[" + told + "]");
        route.fulfill(new FulfillOptions().setContentType("application/json").setBody(changed));
    }
}
