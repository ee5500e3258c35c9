package dev.listenkeyd.ui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.ConsoleMessage;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Page.ScreenshotOptions;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Playwright.CreateOptions;
import com.microsoft.playwright.Request;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.Route.FetchOptions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A real browser. It remembers what must not happen: errors of scripts, and requests that leave the daemon. */
final class Browser implements AutoCloseable {
    /** As Debian installs it. */
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");

    private static final List<String> FLAGS = List.of(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");

    private static final double PATIENCE_MILLIS = 60_000;
    private static final Path SCREENSHOTS = Path.of("target/ui");

    /** Copies of the screenshots that the documentation shows are replaced when this property is set. */
    private static final Path IMAGES = Path.of("docs/images");

    private final Playwright playwright;
    private final com.microsoft.playwright.Browser chromium;
    private final List<String> faults = new ArrayList<>();

    private Browser() {
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.put("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        playwright = Playwright.create(new CreateOptions().setEnv(environment));
        chromium = playwright
                .chromium()
                .launch(new LaunchOptions().setExecutablePath(CHROMIUM).setArgs(FLAGS));
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
    }

    /** Skips the test where there is no browser, unless the variable CI is set. */
    static Browser start() {
        boolean there = Files.isExecutable(CHROMIUM);
        if (System.getenv("CI") != null) {
            assertThat(there)
                    .as("the variable CI is set, and %s is there", CHROMIUM)
                    .isTrue();
        }
        assumeTrue(there, "no " + CHROMIUM + ": the page is not tried in a browser");
        return new Browser();
    }

    /** An empty tab that will look at the daemon of this address. */
    Page tab(URI daemon) {
        return tab(daemon, new com.microsoft.playwright.Browser.NewContextOptions());
    }

    Page tab(URI daemon, com.microsoft.playwright.Browser.NewContextOptions options) {
        return watched(chromium.newContext(options), daemon);
    }

    private Page watched(BrowserContext context, URI daemon) {
        Page page = context.newPage();
        page.setDefaultTimeout(PATIENCE_MILLIS);
        page.onPageError(faults::add);
        page.onConsoleMessage(message -> noteRefusal(message));
        page.onRequest(request -> noteStranger(request, daemon));
        return page;
    }

    /** Another tab of the same window: it shares what a site may keep. */
    Page besides(Page page, URI daemon) {
        return watched(page.context(), daemon);
    }

    /** The page of the daemon, in a tab of its own. */
    Page open(URI daemon) {
        Page page = tab(daemon);
        page.navigate(daemon + "/ui/");
        return page;
    }

    private void noteRefusal(ConsoleMessage message) {
        boolean refused = message.text().contains("Content Security Policy")
                || message.text().contains("Trusted");
        if (refused) {
            faults.add(message.text());
        }
    }

    private void noteStranger(Request request, URI daemon) {
        if (!request.url().startsWith(daemon + "/")) {
            faults.add("asked another host: " + request.url());
        }
    }

    /** Axe finds nothing that keeps somebody from using the page. */
    void assertAccessible(Page page, String state) {
        List<Rule> violations = new AxeBuilder(page)
                .analyze().getViolations().stream()
                        .filter(rule -> List.of("serious", "critical").contains(rule.getImpact()))
                        .toList();
        assertThat(violations).as(state).extracting(Browser::described).isEmpty();
    }

    private static String described(Rule rule) {
        return rule.getId() + ": " + rule.getHelp() + " "
                + rule.getNodes().stream().map(node -> node.getHtml()).toList();
    }

    /** What the daemon answers. Retried: it may close an idle connection just as the driver uses it again. */
    static String fetchBody(Route route) {
        return route.fetch(new FetchOptions().setMaxRetries(3)).text();
    }

    /** Nothing is wider than the window. */
    static void assertFits(Page page) {
        Object tooWide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assertThat(tooWide).as("pixels outside of the window").isEqualTo(0);
    }

    void screenshot(Page page, String name) {
        page.screenshot(new ScreenshotOptions().setPath(SCREENSHOTS.resolve(name + ".png")));
    }

    /** One that the documentation shows. */
    void image(Page page, String name) throws IOException {
        screenshot(page, name);
        if (Boolean.getBoolean("listenkeyd.images")) {
            Files.createDirectories(IMAGES);
            Path file = Path.of(name + ".png");
            Files.copy(SCREENSHOTS.resolve(file), IMAGES.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Nothing happened that must not, in any tab so far. */
    void assertFaultless() {
        assertThat(faults).isEmpty();
    }

    @Override
    public void close() {
        playwright.close();
    }
}
