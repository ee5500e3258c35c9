package dev.listenkeyd.ui;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.listenkeyd.ui.PageIT.row;
import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.Route.FulfillOptions;
import dev.listenkeyd.process.DaemonProcess;
import io.restassured.http.ContentType;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Pages that stay open: many tabs beside each other, an upgrade of the daemon, a stream with a gap. */
@NullUnmarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PageTabsIT {
    private static final String EVENTS = "**/v1/events*";
    private static final String READER = "reader-reader-reader";
    private static final String OTHER = "other-other-other-other";
    /** More than a browser has connections to one daemon. */
    private static final int TABS = 8;

    private Browser browser;
    private DaemonProcess daemon;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        browser = Browser.start();
        daemon = DaemonProcess.start(
                        folder,
                        Map.of(
                                "LISTENKEYD_SANDBOX",
                                "true",
                                "LISTENKEYD_CLIENTS_READER_TOKEN",
                                READER,
                                "LISTENKEYD_CLIENTS_OTHER_TOKEN",
                                OTHER))
                .awaitReady();
    }

    @AfterEach
    void nothingWentWrong() {
        browser.assertFaultless();
    }

    @AfterAll
    void stop() {
        if (daemon != null) {
            daemon.close();
        }
        if (browser != null) {
            browser.close();
        }
    }

    @Test
    void tabsWithTheSameTokenShareAStream() {
        Page first = signedIn(browser.tab(daemon.address()), READER);
        List<Page> others = new ArrayList<>();
        while (others.size() < TABS - 1) {
            others.add(signedIn(browser.besides(first, daemon.address()), READER));
        }
        awaitSubscribers(1);
        register("desk-1");
        Stream.concat(Stream.of(first), others.stream())
                .forEach(page -> assertThat(row(page, "desk-1")).isVisible());

        Page stranger = signedIn(browser.besides(first, daemon.address()), OTHER);
        awaitSubscribers(2);
        stranger.close();

        // The tab that has read the stream for all.
        first.close();
        register("desk-2");
        others.forEach(page -> {
            assertThat(row(page, "desk-2")).isVisible();
            assertThat(page.locator("#connection")).hasText("live");
            assertThat(page.locator("#events")).containsText("desk-2 registered");
            assertThat(page.locator("#events")).not().containsText("some events may be missing");
        });
        awaitSubscribers(1);
        others.get(0).context().close();
    }

    /** A browser may freeze a tab that is long out of sight: it holds the lock, and answers nothing. */
    @Test
    void aTabThatIsFrozenIsNotWaitedFor() {
        Page frozen = signedIn(browser.tab(daemon.address()), READER);
        Page page = browser.besides(frozen, daemon.address());
        page.addInitScript("BroadcastChannel = class { postMessage() {} close() {} }");

        signedIn(page, READER);

        assertThat(page.locator("#connection")).hasText("live");
        awaitSubscribers(1);
        frozen.context().close();
    }

    @Test
    void aPageOffersToReloadAfterAnUpgrade() {
        Page page = browser.tab(daemon.address());
        page.clock().install();
        signedIn(page, READER);
        assertThat(page.locator("#upgrade")).isHidden();
        page.evaluate("window.marked = true");
        page.route("**/v1/status", PageTabsIT::upgrade);
        assertThat(page.locator("#upgrade")).containsText("The daemon is now version 99.0.0");
        browser.assertAccessible(page, "after an upgrade");

        page.getByLabel("Search for an account or holder").fill("desk");
        page.clock().runFor("01:30");
        Assertions.assertThat(page.evaluate("window.marked"))
                .as("somebody types")
                .isEqualTo(true);
        page.locator("#upgrade button").click();

        page.waitForFunction("window.marked === undefined");
        page.unroute("**/v1/status");
        assertThat(row(page, "demo")).isVisible();
        page.context().close();
    }

    @Test
    void aPageReloadsByItselfWhileNobodyTypes() {
        Page page = browser.tab(daemon.address());
        page.clock().install();
        signedIn(page, READER);
        page.evaluate("window.marked = true");
        page.route("**/v1/status", PageTabsIT::upgrade);
        assertThat(page.locator("#upgrade")).isVisible();

        page.clock().runFor("01:30");

        page.waitForFunction("window.marked === undefined");
        page.unroute("**/v1/status");
        assertThat(row(page, "demo")).isVisible();
        page.context().close();
    }

    private static void upgrade(Route route) {
        String body = Browser.fetchBody(route).replaceFirst("\"version\":\"[^\"]*\"", "\"version\":\"99.0.0\"");
        route.fulfill(new FulfillOptions().setContentType("application/json").setBody(body));
    }

    /** Each answer begins anew, as after an overrun, and ends: the page can't know what happened between two. */
    @Test
    void aGapInTheEventsIsMarked() {
        Page page = browser.tab(daemon.address());
        page.route(
                EVENTS,
                route -> route.fulfill(new FulfillOptions()
                        .setContentType("text/event-stream")
                        .setBody("id:7\nevent:sync\ndata:{\"resumed\":false}\n\n")));

        page.navigate(daemon.address() + "/ui/");
        signIn(page, READER);

        assertThat(page.locator("#events li").first()).containsText("some events may be missing here");
        // The page asks on and on: an answer that is due while it is closed would be an error.
        page.unroute(EVENTS);
        page.context().close();
    }

    private Page signedIn(Page page, String token) {
        page.navigate(daemon.address() + "/ui/");
        signIn(page, token);
        assertThat(row(page, "demo")).isVisible();
        return page;
    }

    private static void signIn(Page page, String token) {
        page.getByLabel("Token").fill(token);
        page.locator("#sign-in button").click();
    }

    private void awaitSubscribers(int number) {
        await("streams")
                .atMost(Duration.ofSeconds(60))
                .until(() -> given().baseUri(daemon.address().toString())
                        .get("/q/metrics")
                        .asString()
                        .contains("\nlistenkey_subscribers " + number + ".0"));
    }

    private void register(String account) {
        given().baseUri(daemon.address().toString())
                .auth()
                .preemptive()
                .oauth2(READER)
                .contentType(ContentType.JSON)
                .body(Map.of("account", account, "apiKey", "key-" + account))
                .post("/v1/listen-keys")
                .then()
                .statusCode(201);
    }
}
