package dev.listenkeyd.process;

import static dev.listenkeyd.process.DaemonProcess.SOON;
import static dev.listenkeyd.process.ProcessFixture.apiKey;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.listenkeyd.sandbox.Reply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged daemon and a folder of accounts, which changes while it runs and while it does not. */
class AccountsFolderIT {
    private static final Duration TTL = Duration.ofSeconds(60);

    @TempDir
    private Path folder;

    private Path accounts;
    private ProcessFixture bench;

    @BeforeEach
    void setUp() throws IOException {
        accounts = Files.createDirectory(folder.resolve("accounts"));
        bench = new ProcessFixture(folder, TTL).set("LEASE_RENEW_EVERY", "5s").set("ACCOUNTS_DIR", accounts.toString());
    }

    @AfterEach
    void cleanUp() throws Exception {
        bench.close();
    }

    @Test
    void accountsComeChangeAndGoWithTheirFiles() throws Exception {
        write("desk-1", apiKey("desk-1"));
        write("desk-2", apiKey("desk-2"));
        bench.exchange.alias(apiKey("desk-1"), apiKey("another"));
        DaemonProcess daemon = bench.start().awaitReady();
        bench.awaitAllActive(daemon, 2);
        assertThat(daemon.lease("desk-1").get("holders").get(0).asText()).isEqualTo("config");

        write("desk-1", apiKey("another"));
        await("the new API key is in use")
                .atMost(SOON)
                .until(() -> bench.exchange.calls(apiKey("another")).contains("PUT"));
        assertThat(daemon.lease("desk-1").get("generation").asInt()).isEqualTo(1);

        write("Wrong Name", apiKey("wrong"));
        write("desk-3", "");
        awaitWrong(daemon, 2);
        assertThat(daemon.health("well").up()).isFalse();
        assertThat(daemon.health("well").data().has("accountsDir file Wrong?Name"))
                .isTrue();
        assertThat(daemon.leases()).containsOnlyKeys("desk-1", "desk-2");
        Files.delete(accounts.resolve("Wrong Name"));
        write("desk-3", apiKey("desk-3"));
        bench.awaitAllActive(daemon, 3);
        awaitWrong(daemon, 0);

        Files.delete(accounts.resolve("desk-2"));
        awaitAccounts(daemon, "desk-1", "desk-3");
        assertThat(bench.exchange.calls(apiKey("desk-2"))).doesNotContain("DELETE");

        awaitAudited(daemon, "release desk-2");
        daemon.kill();
        Files.delete(accounts.resolve("desk-1"));
        write("desk-4", apiKey("desk-4"));
        DaemonProcess next = bench.start().awaitReady();
        awaitAccounts(next, "desk-3", "desk-4");
        bench.awaitAllActive(next, 2);

        assertThat(next.terminate()).isZero();
        Files.delete(accounts.resolve("desk-3"));
        Files.delete(accounts.resolve("desk-4"));
        DaemonProcess last = bench.start().awaitReady();
        awaitAccounts(last);
        awaitAudited(
                last,
                "register desk-1",
                "credentials-replaced desk-1",
                "release desk-2",
                "release desk-1",
                "register desk-4",
                "release desk-3",
                "release desk-4");
    }

    @Test
    void anUnmountedVolumeCostsNoKeyNotEvenOverARestart() throws Exception {
        write("desk-1", apiKey("desk-1"));
        DaemonProcess daemon = bench.start().awaitReady();
        bench.awaitAllActive(daemon, 1);
        Path unmounted = Files.move(accounts, folder.resolve("unmounted"));
        Files.createDirectory(accounts);
        awaitReadable(daemon, 0);
        assertThat(daemon.health("well").up()).isFalse();
        daemon.kill();

        DaemonProcess next = bench.start().awaitReady();
        awaitReadable(next, 0);
        int calls = bench.exchange.calls(apiKey("desk-1")).size();
        await("it is renewed")
                .atMost(SOON)
                .until(() -> bench.exchange.calls(apiKey("desk-1")).size() > calls);
        Files.delete(accounts);
        Files.move(unmounted, accounts);

        awaitReadable(next, 1);
        await("all is well").atMost(SOON).until(() -> next.health("well").up());
        assertThat(bench.ledger().livesOf(apiKey("desk-1"))).hasSize(1);
        assertThat(next.leases()).containsOnlyKeys("desk-1");
    }

    /** It was kept by its file alone before; its API key comes from the setting now. */
    @Test
    void anAccountOfTheFolderOutlivesASettingForIt() throws Exception {
        write("main", apiKey("main"));
        DaemonProcess daemon = bench.start().awaitReady();
        bench.awaitAllActive(daemon, 1);
        daemon.kill();
        bench.set("ACCOUNTS_MAIN_API_KEY", apiKey("main"));

        DaemonProcess next = bench.start().awaitReady();
        awaitWrong(next, 1);
        int calls = bench.exchange.calls(apiKey("main")).size();
        await("it is renewed")
                .atMost(SOON)
                .until(() -> bench.exchange.calls(apiKey("main")).size() > calls);
        assertThat(bench.ledger().livesOf(apiKey("main"))).hasSize(1);

        Files.delete(accounts.resolve("main"));
        awaitAccounts(next);
    }

    /** As the kubelet mounts a secret, with two hundred accounts at once, and replaces all of it in one step. */
    @Test
    void twoHundredFilesComeAtOnceAndAreReplacedAtOnce() throws Exception {
        List<String> names = IntStream.range(0, 200).mapToObj(i -> "desk-" + i).toList();
        bench.set("BUDGET_WEIGHT", "5000").set("LEASE_RENEW_EVERY", "25s");
        DaemonProcess daemon = bench.start().awaitReady();

        mountSecret("..2026_1", names, "");
        for (String name : names) {
            Files.createSymbolicLink(accounts.resolve(name), Path.of("..data", name));
        }
        bench.awaitAllActive(daemon, 200);
        names.forEach(name -> bench.exchange.alias(apiKey(name), apiKey(name) + "-new"));
        mountSecret("..2026_2", names, "-new");

        await("all new API keys are in use")
                .atMost(SOON.multipliedBy(3))
                .untilAsserted(() -> assertThat(names)
                        .allMatch(name ->
                                !bench.exchange.calls(apiKey(name) + "-new").isEmpty()));
        await("and in force").atMost(SOON).until(() -> filesOf(daemon, "kept") == 200);
        assertThat(bench.ledger().lives()).as("no key was lost or made anew").hasSize(200);
        assertThat(bench.ledger().expired()).isEmpty();
    }

    @Test
    void anApiKeyThatTheExchangeRefusesIsReportedAndTheOldOneGoesOn() throws Exception {
        write("desk-1", apiKey("desk-1"));
        DaemonProcess daemon = bench.start().awaitReady();
        bench.awaitAllActive(daemon, 1);
        bench.exchange.fail(apiKey("bad"), Reply.error(401, -2015, "Invalid API-key, IP, or permissions for action."));
        write("desk-1", apiKey("bad"));

        awaitWrong(daemon, 1);

        assertThat(daemon.health("well").data().get("accountsDir file desk-1").asText())
                .startsWith("the exchange refuses the API key");
        int calls = bench.exchange.calls(apiKey("desk-1")).size();
        await("the old one renews")
                .atMost(SOON)
                .until(() -> bench.exchange.calls(apiKey("desk-1")).size() > calls);
        assertThat(daemon.lease("desk-1").get("status").asText()).isEqualTo("ACTIVE");
    }

    private void write(String name, String content) throws IOException {
        Path written = Files.writeString(accounts.resolve(".new"), content);
        Files.move(written, accounts.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private void mountSecret(String version, List<String> names, String suffix) throws IOException {
        Path mounted = Files.createDirectory(accounts.resolve(version));
        for (String name : names) {
            Files.writeString(mounted.resolve(name), apiKey(name) + suffix);
        }
        Path link = Files.createSymbolicLink(accounts.resolve("..data_tmp"), Path.of(version));
        Files.move(link, accounts.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    }

    private static void awaitAccounts(DaemonProcess daemon, String... accounts) {
        await("the accounts are those of the folder")
                .atMost(SOON)
                .until(() -> daemon.leases().keySet().equals(Set.of(accounts)));
    }

    private static void awaitWrong(DaemonProcess daemon, int files) {
        await(files + " wrong files").atMost(SOON).until(() -> filesOf(daemon, "wrong") == files);
    }

    private static void awaitReadable(DaemonProcess daemon, double readable) {
        await("the folder is readable: " + readable)
                .atMost(SOON)
                .until(() -> daemon.metrics().value("listenkey_accounts_dir_readable") == readable);
    }

    private static double filesOf(DaemonProcess daemon, String result) {
        return daemon.metrics().value("listenkey_accounts_dir_files", "result", result);
    }

    private static void awaitAudited(DaemonProcess daemon, String... rows) {
        await("rows in the audit")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(audited(daemon)).contains(rows));
    }

    private static Set<String> audited(DaemonProcess daemon) {
        JsonNode rows = daemon.get("/v1/audit?limit=1000").get("items");
        return StreamSupport.stream(rows.spliterator(), false)
                .filter(row -> row.get("client").asText().equals("config"))
                .map(row ->
                        row.get("action").asText() + " " + row.get("account").asText())
                .collect(toSet());
    }
}
