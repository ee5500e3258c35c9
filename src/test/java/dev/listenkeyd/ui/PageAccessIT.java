package dev.listenkeyd.ui;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.listenkeyd.ui.PageIT.row;
import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.oneOf;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import dev.listenkeyd.files.TrustedFile;
import dev.listenkeyd.process.DaemonProcess;
import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The page in a real browser, with a daemon that has clients: signing in, scopes, and a person who decides about agents. */
@NullUnmarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PageAccessIT {
    private static final String PERSON = "person-person-person";
    private static final String READER = "reader-reader-reader";
    private static final String APPROVER = "approver-approver-approver";
    private static final String AGENT = "agent-agent-agent-agent";

    private static final String RENEW = "BinanceOptionsRenewListenKey";
    private static final String DELETE = "BinanceOptionsDeleteListenKey";
    private static final String ASKING =
            "{\"version\":\"1\",\"default\":\"allow\",\"tools\":{\"%s\":{\"action\":\"require_approval\",\"reason\":\"a person decides\"},\"%s\":{\"action\":\"require_approval\",\"reason\":\"others use the key\"}}}"
                    .formatted(RENEW, DELETE);

    private Path folder;

    private final Map<String, String> environment = new HashMap<>();
    private Browser browser;
    private DaemonProcess daemon;

    @BeforeAll
    void start(@TempDir Path temporary) throws IOException {
        folder = temporary;
        browser = Browser.start();
        Path policy = TrustedFile.write(folder.resolve("policy.json"), ASKING);
        environment.putAll(Map.of(
                DaemonProcess.PORT,
                Integer.toString(DaemonProcess.freePort()),
                "LISTENKEYD_SANDBOX",
                "true",
                "LISTENKEYD_CLIENTS_PERSON_TOKEN",
                PERSON,
                "LISTENKEYD_CLIENTS_PERSON_SCOPES",
                "read,write,approve",
                "LISTENKEYD_CLIENTS_READER_TOKEN",
                READER,
                "LISTENKEYD_CLIENTS_READER_SCOPES",
                "read",
                "LISTENKEYD_CLIENTS_APPROVER_TOKEN",
                APPROVER,
                "LISTENKEYD_CLIENTS_APPROVER_SCOPES",
                "approve",
                "LISTENKEYD_CLIENTS_AGENT_TOKEN",
                AGENT,
                "LISTENKEYD_CLIENTS_AGENT_POLICY_FILE",
                policy.toString()));
        daemon = DaemonProcess.start(folder, environment).awaitReady();
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
    void aPersonSignsInAndOut() {
        Page page = browser.open(daemon.address());
        assertThat(page.locator("#connection")).hasText("not signed in");
        assertThat(page.locator("#app")).isHidden();
        browser.assertAccessible(page, "signing in");

        signIn(page, "wrong-wrong-wrong-wrong");
        assertThat(page.locator("#sign-in-error")).hasText("This token is not valid.");
        signIn(page, "\u202e not a token");
        assertThat(page.locator("#sign-in-error")).containsText("not a token");
        signIn(page, PERSON);
        assertThat(row(page, "demo")).isVisible();
        assertThat(page.locator("#who")).hasText("person");
        Assertions.assertThat(page.evaluate("sessionStorage.length")).isEqualTo(1);
        Assertions.assertThat(page.evaluate("JSON.stringify(localStorage) + document.cookie"))
                .isEqualTo("{}");
        page.reload();
        assertThat(row(page, "demo")).isVisible();

        page.locator("#sign-out").click();
        assertThat(page.locator("#sign-in")).isVisible();
        assertThat(row(page, "demo")).isHidden();
        Assertions.assertThat(page.evaluate("sessionStorage.length")).isEqualTo(0);
        Page other = browser.open(daemon.address());
        assertThat(other.locator("#sign-in")).isVisible();
    }

    @Test
    void whatAScopeDoesNotAllowIsNotOffered() {
        Page page = signedIn(READER);
        row(page, "demo").click();
        assertThat(page.locator("#detail")).containsText("What happened");

        for (String name : new String[] {"Renew now", "Pause…", "Resume"}) {
            assertThat(page.locator("#detail").getByText(name, new Locator.GetByTextOptions().setExact(true)))
                    .isHidden();
        }
        assertThat(page.locator("#detail").getByText("What if…")).isVisible();
        assertThat(page.locator("#sound-label")).isHidden();
        assertThat(page.locator("#approvals")).isHidden();
    }

    @Test
    void aPersonApproves() {
        Page page = signedIn(PERSON);
        assertThat(row(page, "demo")).isVisible();
        CompletableFuture<String> call = new WaitingAgent(daemon.address(), AGENT).call(2, RENEW, "demo");

        Locator card = page.getByLabel(RENEW + " of agent");
        assertThat(card).containsText("agent asks for " + RENEW + " with the account demo");
        assertThat(card).containsText(Pattern.compile("It concerns (agent, )?config: the key "));
        assertThat(card).containsText("with the deadline");
        assertThat(card).containsText("a person decides");
        assertThat(page).hasTitle("1 call waits · listenkeyd");
        assertThat(page.locator("#announcement")).hasText("1 call of an agent waits for you.");
        browser.assertAccessible(page, "a call waits");
        browser.screenshot(page, "approval");
        card.getByText("Approve").click();

        assertThat(card).containsText("Approved: the call is carried out if its agent still waits.");
        Assertions.assertThat(call.join()).contains("demo").doesNotContain("DENIED");
        assertThat(page).hasTitle("listenkeyd");
        // It stays while the pointer is on it.
        page.mouse().move(0, 0);
        assertThat(card).hasCount(0, new LocatorAssertions.HasCountOptions().setTimeout(30_000));
    }

    /** The click may have been meant for what was there before. */
    @Test
    void forASecondAfterACardHasComeItsButtonsDoNothing() {
        Page page = browser.tab(daemon.address());
        page.clock().install();
        page.navigate(daemon.address() + "/ui/");
        signIn(page, PERSON);
        assertThat(row(page, "demo")).isVisible();
        page.clock().pauseAt(System.currentTimeMillis() + 10_000);
        CompletableFuture<String> call = new WaitingAgent(daemon.address(), AGENT).call(2, RENEW, "demo");
        Locator approve = page.getByLabel(RENEW + " of agent").getByText("Approve");

        // It comes with the stream: no timer of the page runs.
        assertThat(approve).isVisible();
        assertThat(approve).hasAttribute("aria-disabled", "true");
        page.clock().runFor(900);
        approve.dispatchEvent("click");
        assertThat(approve).hasAttribute("aria-disabled", "true");
        Assertions.assertThat(call).isNotDone();
        Assertions.assertThat(authorized(PERSON).get("/v1/approvals").jsonPath().getList("items"))
                .as("it still waits")
                .hasSize(1);
        page.clock().runFor(200);
        assertThat(approve).hasAttribute("aria-disabled", "false");
        approve.dispatchEvent("click");

        Assertions.assertThat(call.join()).contains("demo").doesNotContain("DENIED");
        page.context().close();
    }

    /** Browsers hold back the timers of a hidden tab, by up to a minute. */
    @Test
    void aCallIsAnnouncedWithoutATimer() {
        Page page = browser.tab(daemon.address());
        page.navigate(daemon.address() + "/ui/");
        signIn(page, PERSON);
        assertThat(row(page, "demo")).isVisible();
        page.evaluate("for (let timer = 0; timer < 10000; timer++) { clearInterval(timer); }");
        page.evaluate("window.setTimeout = window.setInterval = () => 0");

        CompletableFuture<String> call = new WaitingAgent(daemon.address(), AGENT).call(2, RENEW, "demo");

        assertThat(page).hasTitle("1 call waits · listenkeyd");
        assertThat(page.locator("#announcement")).hasText("1 call of an agent waits for you.");
        String id = authorized(PERSON).get("/v1/approvals").jsonPath().getString("items[0].id");
        authorized(PERSON).body(Map.of("decision", "approve")).post("/v1/approvals/" + id);
        assertThat(page).hasTitle("listenkeyd");
        call.join();
        page.context().close();
    }

    /** The holders are those of now, also after an event that does not name them, and the end is not told as that of nobody. */
    @Test
    void aCallIsDecidedElsewhere() {
        Page page = signedIn(PERSON);
        assertThat(row(page, "demo")).isVisible();
        CompletableFuture<String> call = new WaitingAgent(daemon.address(), AGENT).call(2, RENEW, "demo");
        Locator card = page.getByLabel(RENEW + " of agent");
        assertThat(card).containsText(Pattern.compile("It concerns (agent, )?config: the key "));
        // The row is out of sight, so that nothing else asks for its lease.
        page.getByPlaceholder("Account or holder").fill("nothing-matches");

        as(PERSON, Map.of("account", "demo", "holder", "late-holder"));
        assertThat(card).containsText(Pattern.compile("It concerns .*late-holder"));
        authorized(PERSON)
                .delete("/v1/listen-keys/demo?holder=late-holder")
                .then()
                .statusCode(oneOf(200, 204));
        assertThat(card).containsText(Pattern.compile("It concerns (agent, )?config: the key "));
        String id = authorized(PERSON).get("/v1/approvals").jsonPath().getString("items[0].id");
        authorized(PERSON)
                .body(Map.of("decision", "reject"))
                .post("/v1/approvals/" + id)
                .then()
                .statusCode(oneOf(200, 204));

        assertThat(card).containsText("Over: decided elsewhere, timed out or withdrawn.");
        Assertions.assertThat(call.join()).contains("POLICY DENIED");
    }

    /** With the scope approve alone, too. */
    @Test
    void aPersonRejectsWithAReason() {
        Page page = signedIn(APPROVER);
        assertThat(page.locator("#connection")).hasText("live");
        assertThat(page.locator("#work")).isHidden();
        // Only a holder can be dropped.
        as(AGENT, Map.of("account", "demo"));
        CompletableFuture<String> call = new WaitingAgent(daemon.address(), AGENT).call(2, DELETE, "demo");

        Locator card = page.getByLabel(DELETE + " of agent");
        assertThat(card).containsText("the key is closed at the exchange, for every program that uses it");
        card.getByLabel("Reason of a rejection").fill("not while the desk trades");
        card.getByText("Reject").click();

        assertThat(card).containsText("Rejected: the agent is told.");
        Assertions.assertThat(call.join())
                .isEqualTo("[POLICY DENIED] a person has rejected this call: not while the desk trades");
    }

    @Test
    void thePageComesBackAfterARestartOfTheDaemon() throws Exception {
        Page page = signedIn(PERSON);
        assertThat(row(page, "demo")).isVisible();
        register("desk-9");
        assertThat(row(page, "desk-9")).isVisible();

        daemon.terminate();
        assertThat(page.locator("#connection")).containsText("connection to the daemon lost, trying again");
        assertThat(page).hasTitle("no connection · listenkeyd");
        browser.screenshot(page, "connection-lost");
        daemon = DaemonProcess.start(folder, environment).awaitReady();

        assertThat(page.locator("#connection")).hasText("live");
        assertThat(page.locator("#headline")).containsText("alive");
        register("desk-10");
        assertThat(row(page, "desk-10")).isVisible();
    }

    private void register(String account) {
        as(PERSON, Map.of("account", account, "apiKey", "key-" + account));
    }

    private void as(String token, Map<String, String> registration) {
        authorized(token).body(registration).post("/v1/listen-keys").then().statusCode(oneOf(200, 201));
    }

    private RequestSpecification authorized(String token) {
        return given().baseUri(daemon.address().toString())
                .contentType(ContentType.JSON)
                .auth()
                .preemptive()
                .oauth2(token);
    }

    private Page signedIn(String token) {
        Page page = browser.open(daemon.address());
        signIn(page, token);
        assertThat(page.locator("#sign-in")).isHidden();
        return page;
    }

    private static void signIn(Page page, String token) {
        page.getByLabel("Token").fill(token);
        page.locator("#sign-in button").click();
    }
}
