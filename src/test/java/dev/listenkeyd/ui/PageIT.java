package dev.listenkeyd.ui;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static io.restassured.RestAssured.given;

import com.microsoft.playwright.Browser.NewContextOptions;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import dev.listenkeyd.process.DaemonProcess;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser, with a daemon that has no clients and the sandbox as its exchange. */
@NullUnmarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PageIT {
    private static final int PHONE_WIDTH = 360;
    private static final int PHONE_HEIGHT = 740;
    private static final Pattern ALIVE = Pattern.compile("alive, and (its|their) last renewals? worked");

    private Browser browser;
    private DaemonProcess daemon;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        browser = Browser.start();
        daemon = DaemonProcess.start(folder, Map.of("LISTENKEYD_SANDBOX", "true"))
                .awaitReady();
        register("desk-1", "recreate");
        register("desk-2", "report");
    }

    @AfterEach
    void heal() {
        given().baseUri(daemon.address().toString()).delete("/sandbox/faults");
        for (String account : new String[] {"demo", "desk-1"}) {
            given().baseUri(daemon.address().toString()).delete("/v1/listen-keys/" + account + "/pause");
        }
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
    void aFaultComesAndGoes() {
        Page page = opened();
        assertThat(headline(page)).containsText(ALIVE);
        assertThat(page.locator("#connection")).hasText("live");

        fault("refused", "demo");
        renew("demo");
        assertThat(headline(page)).containsText("The key of demo is at risk. It can be saved until");
        assertThat(page.locator("#remedy")).containsText("Give the account an API key that the exchange accepts.");
        assertThat(page).hasTitle("1 at risk · listenkeyd");
        assertThat(row(page, "demo")).containsText("at risk");

        heal();
        renew("demo");
        assertThat(headline(page)).containsText(ALIVE);
        assertThat(page).hasTitle("listenkeyd");
        assertThat(page.locator("#events")).containsText("demo recovered: a call has succeeded again");
    }

    @Test
    void aKeyInTroubleIsShownWithItsStory() throws IOException {
        register("desk-3", "report");
        Page page = opened(new NewContextOptions().setViewportSize(1280, 800));
        fault("close-key", "desk-3");
        renew("desk-3");

        assertThat(headline(page)).containsText("desk-3 has no live key: it was lost.");
        headline(page).getByRole(AriaRole.BUTTON).click();

        Locator detail = page.locator("#detail");
        assertThat(detail).containsText("register the account again with onLoss recreate");
        assertThat(detail).containsText("closed elsewhere");
        assertThat(detail).containsText("This listenKey does not exist.");
        assertThat(detail.locator("time").first()).hasAttribute("title", Pattern.compile(".* UTC"));
        Assertions.assertThat(page.url()).endsWith("#desk-3");
        browser.assertAccessible(page, "a lease with its story");
        browser.image(page, "page-lease-lost");

        register("desk-3", "recreate");
        renew("desk-3");
        assertThat(headline(page)).containsText(ALIVE);
    }

    @Test
    void aPersonRenews() {
        Page page = opened();
        row(page, "desk-1").click();
        button(page, "Renew now").click();
        assertThat(page.locator("#detail .said")).containsText("Renewed: the key lives until");

        fault("down", "desk-1");
        button(page, "Renew now").click();
        assertThat(page.locator("#detail .said")).containsText("Tried, and the key is retrying: UNREACHABLE");
        assertThat(page.locator("#detail .status")).hasText("retrying");
        heal();
        assertThat(page.locator("#detail .status")).hasText("active");
    }

    @Test
    void aPersonPausesAndResumes() {
        Page page = opened();
        String hostile = "<img src=x onerror=alert(1)> & maintenance";
        row(page, "desk-1").click();
        button(page, "Pause…").click();
        Locator dialog = page.getByRole(AriaRole.DIALOG);
        dialog.getByLabel("Reason").fill(hostile);
        dialog.locator("select").selectOption("2h");
        assertThat(dialog).containsText("The key dies at");
        browser.assertAccessible(page, "the dialog of a pause");
        dialog.getByText("Pause", new Locator.GetByTextOptions().setExact(true)).click();

        assertThat(page.locator("#detail .said")).containsText("Paused until");
        assertThat(page.locator("#detail .status")).hasText("paused");
        assertThat(page.locator("#detail .facts")).containsText(hostile);
        assertThat(row(page, "desk-1")).containsText("paused for 1 h 59 min");
        assertThat(page.locator("#detail img")).hasCount(0);
        assertThat(button(page, "Renew now")).isHidden();

        button(page, "Resume").click();
        assertThat(page.locator("#detail .status")).hasText("active");
    }

    /** A pause keeps no key alive, and hides no dead one. */
    @Test
    void aKeyThatDiesInAPauseIsInTheHeadline() {
        register("desk-4", "report");
        Page page = opened();
        pause("desk-4");
        assertThat(headline(page)).containsText("The key of desk-4 dies at");
        assertThat(headline(page)).containsText("within its pause. End the pause before.");
        given().baseUri(daemon.address().toString()).delete("/v1/listen-keys/desk-4/pause");
        fault("close-key", "desk-4");
        renew("desk-4");
        assertThat(headline(page)).containsText("desk-4 has no live key: it was lost.");

        pause("desk-4");

        assertThat(headline(page))
                .containsText("desk-4 has no live key, and is paused: none is made before the pause ends.");
        given().baseUri(daemon.address().toString()).delete("/v1/listen-keys/desk-4?holder=bot");
        assertThat(headline(page)).containsText(ALIVE);
    }

    /** Times in the headline count on each second: a screen reader must not read out each. */
    @Test
    void theHeadlineIsAnnouncedWhenItChangesAndNotEachSecond() {
        Page page = opened();
        fault("refused", "demo");
        renew("demo");
        Locator announced = page.locator("#headline-announcement");
        assertThat(announced).containsText(Pattern.compile("The key of demo is at risk. It can be saved until [^(]*$"));
        page.evaluate(
                "window.said = 0; new MutationObserver(() => window.said++)"
                        + ".observe(document.getElementById('headline-announcement'), {childList: true, characterData: true, subtree: true})");
        String before = headline(page).textContent();

        assertThat(headline(page)).not().hasText(before);

        Assertions.assertThat(page.evaluate("window.said")).isEqualTo(0);
        assertThat(page.locator("#headline[role], #headline [role=status]")).hasCount(0);
    }

    @Test
    void aDaemonThatIsAloneShowsNoReplicas() {
        Page page = opened();
        page.waitForResponse("**/v1/status", () -> {});
        assertThat(page.locator("#replicas")).isHidden();
        assertThat(page.locator(".canvas .replica").first()).isHidden();
        assertThat(page.getByRole(AriaRole.GRID)).hasAttribute("aria-colcount", "5");
        assertThat(page.locator("#gauges")).not().containsText("replica");
    }

    @Test
    void anOutageIsPlayedThrough() {
        Page page = opened();
        page.locator("#gauges").getByText("What if…").click();
        Locator dialog = page.getByRole(AriaRole.DIALOG);
        dialog.getByLabel("For how many minutes").fill("5");
        dialog.getByText("Play it through").click();

        assertThat(dialog.locator(".verdict-line")).containsText("would be lost by an outage from");
        assertThat(dialog.getByRole(AriaRole.TABLE)).containsText("demo");
        browser.assertAccessible(page, "a what-if");
        page.keyboard().press("Escape");
        assertThat(dialog).hasCount(0);
    }

    /** Nothing but keys, from the top of the page to a renewal and back to the list. */
    @Test
    void thePageWorksByKeyboardAlone() {
        Page page = opened();
        Locator grid = page.getByRole(AriaRole.GRID);
        tabTo(page, grid);
        for (String key : new String[] {"End", "Home", "ArrowDown", "ArrowUp", "PageDown", "Home"}) {
            page.keyboard().press(key);
        }
        assertThat(grid).hasAttribute("aria-activedescendant", Pattern.compile("row-\\d+"));
        page.keyboard().press("Enter");
        assertThat(page.locator("#detail-title")).isFocused();
        String account = page.locator("#detail-title").textContent();
        Assertions.assertThat(row(page, account).getAttribute("aria-selected")).isEqualTo("true");
        tabTo(page, button(page, "Renew now"));
        page.keyboard().press("Enter");
        assertThat(page.locator("#detail .said")).containsText("Renewed");

        page.keyboard().press("Escape");
        assertThat(page.locator("#detail")).isHidden();
        assertThat(grid).isFocused();
    }

    @Test
    void searchAndFilterNarrowTheList() {
        Page page = opened();
        page.getByLabel("Search for an account or holder").fill("desk-1");
        assertThat(page.locator("#shown")).containsText("1 of ");
        assertThat(page.locator(".canvas .row")).hasCount(1);
        page.getByLabel("Search for an account or holder").fill("BOT");
        assertThat(row(page, "desk-2")).isVisible();
        assertThat(row(page, "demo")).hasCount(0);
        page.getByLabel("Search for an account or holder").fill("");
        page.locator(".chip[data-status=PENDING]").click();
        assertThat(page.getByText("No lease matches.")).isVisible();
        page.locator(".chip[data-status=PENDING]").click();
        assertThat(row(page, "demo")).isVisible();
    }

    @Test
    void thePageIsLegibleInTheDark() {
        Page page =
                opened(new NewContextOptions().setColorScheme(ColorScheme.DARK).setReducedMotion(ReducedMotion.REDUCE));
        row(page, "desk-2").click();
        assertThat(page.locator("#detail")).containsText("What happened");

        browser.assertAccessible(page, "in the dark");
        Object ground = page.evaluate("getComputedStyle(document.body).backgroundColor");
        Assertions.assertThat(ground).isEqualTo("rgb(18, 21, 26)");
        browser.screenshot(page, "dark");
    }

    @Test
    void thePageFitsAPhone() {
        Page page = opened(new NewContextOptions().setViewportSize(PHONE_WIDTH, PHONE_HEIGHT));
        Browser.assertFits(page);
        browser.screenshot(page, "phone");
        row(page, "desk-2").click();
        assertThat(page.locator("#detail")).containsText("What happened");
        Browser.assertFits(page);
        browser.assertAccessible(page, "on a phone");
        browser.screenshot(page, "phone-lease");
        button(page, "Close").click();
        assertThat(row(page, "desk-2")).isVisible();
    }

    /** A name that a dashboard could link to. */
    @Test
    void anAddressOpensALease() {
        Page page = browser.tab(daemon.address());
        page.navigate(daemon.address() + "/");
        page.navigate(daemon.address() + "/ui/#desk-2");

        assertThat(page.locator("#detail-title")).hasText("desk-2");
    }

    private void tabTo(Page page, Locator wanted) {
        for (int presses = 0; presses < 50; presses++) {
            page.keyboard().press("Tab");
            if (Boolean.TRUE.equals(wanted.evaluate("element => element === document.activeElement"))) {
                return;
            }
        }
        Assertions.fail("Tab does not lead to " + wanted);
    }

    private Page opened() {
        return opened(new NewContextOptions());
    }

    private Page opened(NewContextOptions options) {
        Page page = browser.tab(daemon.address(), options);
        page.navigate(daemon.address() + "/ui/");
        assertThat(row(page, "demo")).isVisible();
        return page;
    }

    private static Locator headline(Page page) {
        return page.locator("#headline");
    }

    static Locator row(Page page, String account) {
        return page.locator(".canvas [data-account='" + account + "']");
    }

    private static Locator button(Page page, String name) {
        return page.locator("#detail").getByText(name, new Locator.GetByTextOptions().setExact(true));
    }

    private void fault(String kind, String account) {
        post("/sandbox/faults", Map.of("kind", kind, "for", "10m", "account", account));
    }

    private void renew(String account) {
        post("/v1/listen-keys/" + account + "/renew", Map.of());
    }

    private void pause(String account) {
        post("/v1/listen-keys/" + account + "/pause", Map.of("reason", "maintenance", "for", "2h"));
    }

    private void register(String account, String onLoss) {
        post(
                "/v1/listen-keys",
                Map.of("account", account, "apiKey", "key-" + account, "holder", "bot", "onLoss", onLoss));
    }

    private void post(String path, Map<String, String> body) {
        Response answer = given().baseUri(daemon.address().toString())
                .contentType(ContentType.JSON)
                .body(body)
                .post(path);
        Assertions.assertThat(answer.statusCode()).as(answer.asString()).isBetween(200, 299);
    }
}
