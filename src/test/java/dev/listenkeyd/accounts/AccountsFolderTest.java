package dev.listenkeyd.accounts;

import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.Given.failed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.ScriptedGateway;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.registration.RegistrationRequest;
import dev.listenkeyd.simulation.CoreInVirtualTime;
import dev.listenkeyd.telemetry.LogRecording;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real folders, and the core in virtual time. */
@NullUnmarked
class AccountsFolderTest {
    private static final int MOST = 300;
    private static final String OLD = "OLD-API-KEY-OF-A-PERSON";
    private static final String NEW = "NEW-API-KEY-OF-A-PERSON";

    @TempDir
    private Path root;

    private final LogRecording log = new LogRecording("listenkeyd.accounts");
    private final List<String> done = new ArrayList<>();
    /** Accounts with KEEP. */
    private Set<String> kept = Set.of();

    private CoreInVirtualTime daemon = new CoreInVirtualTime();
    private Path folder;
    private AccountsFolder accounts;

    @BeforeEach
    void makeFolder() throws IOException {
        folder = Files.createDirectory(root.resolve("accounts"));
        restart(daemon);
    }

    @AfterEach
    void nothingSecretIsLogged() {
        log.close();
        assertThat(String.join("\n", log.everything)).doesNotContain(OLD).doesNotContain(NEW);
    }

    private void restart(CoreInVirtualTime core) {
        daemon = core;
        accounts = new AccountsFolder(
                new AccountsFolder.Source(folder, MOST, Set.of("configured"), kept),
                core.leases,
                FolderIdentityFile.beside(root.resolve("leases.db")),
                core.clock,
                (account, change) -> {
                    done.add(change + " " + account);
                    return CompletableFuture.completedFuture(null);
                });
    }

    private void restartAfterACrash() {
        CoreInVirtualTime next = daemon.afterACrash();
        next.registry.restore();
        next.leases.restore(kept, account -> true);
        restart(next);
    }

    /** So many readings, a second apart, with the renewal loop beside them. */
    private void read(int times) {
        for (int i = 0; i < times; i++) {
            daemon.clock.advance(Duration.ofSeconds(1));
            accounts.tick();
            daemon.tick();
        }
    }

    private Path write(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content);
    }

    private Secret apiKeyOf(String account) {
        Lease lease = daemon.lease(account);
        return lease == null ? null : lease.registration().apiKey();
    }

    @Test
    void aNewFileRegistersItsAccountForTheConfiguration() throws IOException {
        write("main", OLD + "\n");

        read(1);
        assertThat(daemon.lease("main")).isNull();
        read(1);

        assertThat(daemon.lease("main").registration().holders()).containsExactly(Leases.CONFIG_HOLDER);
        assertThat(daemon.lease("main").isLive()).isTrue();
        assertThat(daemon.store.rows.get("main").registration().apiKey()).isEqualTo(new Secret(OLD));
        read(1);
        assertThat(done).containsExactly("CREATED main");
        assertThat(accounts.status()).isEqualTo(new FolderStatus(null, 1, 0, new TreeMap<>()));
        assertThat(log.lines).contains("INFO folder of accounts: 1 registered, because they have a file: main");
    }

    @Test
    void aChangedFileReplacesTheApiKeyAfterACallWithIt() throws IOException {
        write("main", OLD);
        read(3);
        write("main", NEW);

        read(3);

        assertThat(apiKeyOf("main")).isEqualTo(new Secret(NEW));
        assertThat(daemon.store.rows.get("main").registration().apiKey()).isEqualTo(new Secret(NEW));
        assertThat(daemon.lease("main").generation()).isEqualTo(1);
        assertThat(done).containsExactly("CREATED main", "API_KEY_REPLACED main");
    }

    /** A client could not do that. */
    @Test
    void aChangedFileReplacesTheApiKeyAlsoWhileOthersHoldTheLease() throws IOException {
        write("main", OLD);
        read(3);
        joinAs("bot");
        write("main", NEW);

        read(3);

        assertThat(apiKeyOf("main")).isEqualTo(new Secret(NEW));
        assertThat(daemon.lease("main").registration().holders()).containsExactly("bot", "config");
    }

    @Test
    void anApiKeyThatTheExchangeRefusesIsReportedAndTheOldOneGoesOn() throws IOException {
        write("main", OLD);
        read(3);
        daemon.gateway.always(
                "main",
                lease -> NEW.equals(lease.registration().apiKey().reveal())
                        ? failed(Reason.CREDENTIALS_REFUSED)
                        : new Confirmed(daemon.clock.instant(), ScriptedGateway.keyOf("main"), null));
        write("main", NEW);

        read(4);

        assertThat(apiKeyOf("main")).isEqualTo(new Secret(OLD));
        assertThat(accounts.status().problems())
                .containsExactly(Map.entry("main", "the exchange refuses the API key; the API key in force stays"));
        int calls = daemon.gateway.calls.size();
        read(280);
        assertThat(daemon.gateway.calls).as("it is not tried each second").hasSize(calls);
        read(60);
        assertThat(daemon.gateway.calls).as("but again after minutes").hasSizeGreaterThan(calls);
        assertThat(log.lines.stream().filter(line -> line.contains("refuses"))).hasSize(1);
        write("main", OLD);
        read(2);
        assertThat(accounts.status().isWell()).isTrue();
    }

    /** As an account of the settings: its key may be activated at the exchange a little later. */
    @Test
    void aNewAccountIsKeptEvenWhenTheExchangeRefusesItsApiKey() throws IOException {
        daemon.gateway.then("main", failed(Reason.CREDENTIALS_REFUSED));
        write("main", OLD);

        read(400);

        assertThat(daemon.lease("main").isLive()).isTrue();
        assertThat(done).containsExactly("CREATED main");
    }

    @Test
    void aCorrectedFileBringsAnAccountWithARefusedApiKeyToLifeAtOnce() throws IOException {
        daemon.gateway.always(
                "main",
                lease -> OLD.equals(lease.registration().apiKey().reveal())
                        ? failed(Reason.CREDENTIALS_REFUSED)
                        : new Confirmed(daemon.clock.instant(), ScriptedGateway.keyOf("main"), null));
        write("main", OLD);
        read(10);
        assertThat(daemon.lease("main").isLive()).isFalse();
        write("main", NEW);

        read(4);

        assertThat(daemon.lease("main").isLive()).isTrue();
    }

    @Test
    void aRemovedFileReleasesTheHolderOfTheConfigurationOnly() throws IOException {
        write("main", OLD);
        write("shared", OLD);
        read(3);
        daemon.leases.register(new RegistrationRequest("shared", null, false, null, null, "bot", "default"));
        daemon.tick();
        Files.delete(folder.resolve("main"));
        Files.delete(folder.resolve("shared"));

        read(1);
        assertThat(daemon.lease("main")).isNotNull();
        read(2);

        assertThat(daemon.lease("main")).isNull();
        assertThat(daemon.lease("shared").registration().holders()).containsExactly("bot");
        assertThat(daemon.gateway.said()).noneMatch(call -> call.startsWith("DELETE"));
        assertThat(accounts.status().isWell()).isTrue();
    }

    @Test
    void aFileThatWasRemovedWhileTheDaemonWasDownReleasesItsAccountEvenIfItWasTheLast() throws IOException {
        write("main", OLD);
        read(3);
        Files.delete(folder.resolve("main"));

        restartAfterACrash();
        assertThat(daemon.lease("main")).isNotNull();
        read(3);

        assertThat(daemon.lease("main")).isNull();
    }

    @Test
    void aVolumeThatIsNotMountedReleasesNobodyNeitherNowNorAtTheNextStart() throws IOException {
        write("main", OLD);
        read(3);
        Path elsewhere = Files.move(folder, root.resolve("unmounted"));

        read(5);
        assertThat(accounts.status().trouble()).isEqualTo("does not exist");
        Files.createDirectory(folder);
        Files.createDirectory(folder.resolve("lost+found"));
        read(5);
        assertThat(accounts.status().trouble()).startsWith("has no account, and is not the folder");
        restartAfterACrash();
        read(5);

        assertThat(accounts.status().trouble()).startsWith("has no account, and is not the folder");
        daemon.runUntil(at(7200));
        assertThat(daemon.lease("main").isLive()).as("by its stored API key").isTrue();
        Files.delete(folder.resolve("lost+found"));
        Files.delete(folder);
        Files.move(elsewhere, folder);
        read(3);
        assertThat(accounts.status().isWell()).isTrue();
        assertThat(done).containsExactly("CREATED main");
        assertThat(log.lines)
                .anyMatch(line -> line.startsWith("ERROR the folder of LISTENKEYD_ACCOUNTS_DIR"))
                .anyMatch(line -> line.endsWith("can be read again"));
    }

    /** The kubelet makes a new folder, then moves the link ..data, through which all files are seen. */
    @Test
    void filesAreReplacedAsKubernetesDoes() throws IOException {
        mountSecret("..2026_1", "a", OLD, "b", OLD);
        Files.createSymbolicLink(folder.resolve("a"), Path.of("..data", "a"));
        Files.createSymbolicLink(folder.resolve("b"), Path.of("..data", "b"));
        read(3);
        assertThat(done).containsExactly("CREATED a", "CREATED b");

        mountSecret("..2026_2", "b", NEW, "c", OLD);
        Files.createSymbolicLink(folder.resolve("c"), Path.of("..data", "c"));
        read(3);

        assertThat(apiKeyOf("a")).as("its link leads nowhere, but is there").isEqualTo(new Secret(OLD));
        assertThat(accounts.status().problems()).containsOnlyKeys("a");
        assertThat(apiKeyOf("b")).isEqualTo(new Secret(NEW));
        assertThat(apiKeyOf("c")).isEqualTo(new Secret(OLD));
        Files.delete(folder.resolve("a"));
        read(3);
        assertThat(daemon.lease("a")).isNull();
        assertThat(accounts.status().isWell()).isTrue();
    }

    private void mountSecret(String version, String... contents) throws IOException {
        Path mounted = Files.createDirectory(folder.resolve(version));
        for (int i = 0; i < contents.length; i += 2) {
            Files.writeString(mounted.resolve(contents[i]), contents[i + 1]);
        }
        Path link = Files.createSymbolicLink(folder.resolve("..data_tmp"), Path.of(version));
        Files.move(link, folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "two words", "key\nsecret", "schlüssel"})
    void whatIsNoApiKeyIsReportedAndChangesNothing(String content) throws IOException {
        write("main", OLD);
        read(3);
        write("main", content);

        read(4);

        assertThat(apiKeyOf("main")).isEqualTo(new Secret(OLD));
        assertThat(accounts.status().problems()).containsOnlyKeys("main");
        assertThat(log.lines)
                .filteredOn(line -> line.startsWith("WARN folder of accounts: main: must be 1 to"))
                .hasSize(1);
        write("main", OLD);
        read(2);
        assertThat(log.lines).last().isEqualTo("INFO folder of accounts: 1 file(s) in order again: main");
    }

    @Test
    void wrongFilesAreReportedAndHoldUpNobody() throws Exception {
        Files.createDirectory(folder.resolve("sub"));
        write("Upper", OLD);
        write("key.txt", OLD);
        write(NEW + "-as-a-name-by-mistake", OLD);
        write("large", "x".repeat(5000));
        write(".hidden", "not for us");
        Files.createSymbolicLink(folder.resolve("dangling"), Path.of("nowhere"));
        Files.createSymbolicLink(folder.resolve("loop"), Path.of("loop"));
        boolean pipe = new ProcessBuilder("mkfifo", folder.resolve("pipe").toString())
                        .start()
                        .waitFor()
                == 0;
        write("configured", OLD);
        write("main", OLD);

        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> read(3));

        List<String> wrong = new ArrayList<>(
                List.of("NEW-API-...", "Upper", "configured", "dangling", "key.txt", "large", "loop", "sub"));
        if (pipe) {
            wrong.add("pipe");
        }
        assertThat(accounts.status().problems().keySet()).containsExactlyInAnyOrderElementsOf(wrong);
        assertThat(done).containsExactly("CREATED configured", "CREATED main");
        assertThat(daemon.leases.after("")).extracting(Lease::account).containsExactly("configured", "main");
        assertThat(apiKeyOf("configured")).as("that of the setting is used").isNull();
    }

    @Test
    void twoHundredFilesAtOnceAreRegisteredInOrderWithinTheBudget() throws IOException {
        for (int i = 0; i < 200; i++) {
            write(String.format("desk-%03d", i), OLD);
        }

        read(200);

        List<String> inOrder = IntStream.range(0, 200)
                .mapToObj(i -> String.format("desk-%03d", i))
                .toList();
        assertThat(done)
                .containsExactlyElementsOf(
                        inOrder.stream().map(name -> "CREATED " + name).toList());
        assertThat(daemon.leases.after("")).allMatch(Lease::isLive).hasSize(200);
        assertThat(accounts.status().kept()).isEqualTo(200);
        assertThat(log.lines).as("lines are bounded").hasSizeLessThan(10);
    }

    @Test
    void tooManyFilesAreTroubleAndNoneIsTaken() throws IOException {
        for (int i = 0; i <= MOST; i++) {
            write("desk-" + i, OLD);
        }

        read(3);

        assertThat(accounts.status().trouble()).isEqualTo("holds more than 300 files (LISTENKEYD_LEASES_MAX)");
        assertThat(daemon.leases.after("")).isEmpty();
    }

    /** The setting may have been added after the file had its account registered, with an API key in the store. */
    @Test
    void aFileKeepsAnAccountWhoseApiKeyIsAmongTheSettings() throws IOException {
        write("main", OLD);
        write("configured", OLD);
        read(3);
        restartAfterACrash();
        read(3);

        assertThat(daemon.lease("configured").registration().holders()).containsExactly(Leases.CONFIG_HOLDER);
        assertThat(daemon.lease("configured").isLive()).isTrue();
        assertThat(accounts.status().problems().get("configured")).contains("which wins; it is kept");
        Files.delete(folder.resolve("configured"));
        read(3);
        assertThat(daemon.lease("configured")).isNull();
    }

    @Test
    void anAccountThatASettingKeepsNeedsNoFile() throws IOException {
        kept = Set.of("configured");
        write("main", OLD);
        restartAfterACrash();
        read(5);

        assertThat(daemon.lease("configured").isLive()).isTrue();
        assertThat(done).containsExactly("CREATED main");
    }

    @Test
    void accountsAreKeptFromMemoryWhileTheStoreCantBeWritten() throws IOException {
        daemon.store.down = true;
        write("main", OLD);

        read(5);
        assertThat(daemon.lease("main").isLive()).isTrue();
        assertThat(daemon.store.rows).isEmpty();
        assertThat(accounts.status().isWell()).isTrue();
        write("main", NEW);
        read(3);
        assertThat(apiKeyOf("main")).isEqualTo(new Secret(NEW));
        daemon.store.down = false;
        read(70);

        assertThat(daemon.store.rows.get("main").registration().apiKey()).isEqualTo(new Secret(NEW));
    }

    @Test
    void accountsAreKeptFromMemoryWhileTheDiskHangs() throws IOException {
        write("first", OLD);
        read(3);
        daemon.store.hanging = true;
        Files.delete(folder.resolve("first"));
        read(60);
        assertThat(daemon.registry.isStalled()).isTrue();
        write("main", OLD);
        write("configured", OLD);
        read(3);

        assertThat(daemon.lease("main").isLive()).isTrue();
        assertThat(daemon.lease("configured").isLive()).isTrue();
    }

    @Test
    void aReleaseThatCouldNotBeWrittenIsTriedAgain() throws IOException {
        write("main", OLD);
        write("other", OLD);
        read(3);
        daemon.store.down = true;
        Files.delete(folder.resolve("main"));

        read(5);
        assertThat(daemon.lease("main")).isNotNull();
        assertThat(accounts.status().problems())
                .containsEntry("main", "was removed, but the store can't be written now");
        daemon.store.down = false;
        read(70);

        assertThat(daemon.lease("main")).isNull();
        assertThat(accounts.status().isWell()).isTrue();
    }

    @Test
    void aFileWithTheApiKeyOfAnotherClientsLeaseJoinsIt() throws IOException {
        registerAs("bot", OLD);
        write("main", OLD);

        read(3);

        assertThat(daemon.lease("main").registration().holders()).containsExactly("bot", "config");
        assertThat(done).as("for the audit").containsExactly("JOINED main");
    }

    @Test
    void aNewFileWithAnotherApiKeyThanTheLeaseOfAnotherClientIsWrong() throws IOException {
        registerAs("bot", OLD);
        write("main", NEW);

        read(70);

        assertThat(apiKeyOf("main")).isEqualTo(new Secret(OLD));
        assertThat(daemon.lease("main").registration().holders()).containsExactly("bot");
        assertThat(accounts.status().problems().get("main")).startsWith("the account is registered with another API");
        assertThat(log.lines.stream().filter(line -> line.contains("another API key")))
                .hasSize(1);
        daemon.leases.release("main", "bot", false);
        read(70);
        assertThat(apiKeyOf("main")).isEqualTo(new Secret(NEW));
        assertThat(done).containsExactly("CREATED main");
    }

    /** The store knows that the file kept the account. */
    @Test
    void aFileThatChangedWhileTheDaemonWasDownReplacesTheApiKeyAlsoWhileOthersHoldTheLease() throws IOException {
        write("main", OLD);
        read(3);
        joinAs("bot");
        write("main", NEW);

        restartAfterACrash();
        read(3);

        assertThat(apiKeyOf("main")).isEqualTo(new Secret(NEW));
    }

    /** The setting is gone, and its API key stands in a file now. */
    @Test
    void aNewFileGivesItsApiKeyToALeaseThatHasNone() throws IOException {
        daemon.registry.insertInMemory(
                Lease.registered(new Registration("main", null, OnLoss.RECREATE, "bot", at(0)), null));
        write("main", OLD);

        read(4);

        assertThat(apiKeyOf("main")).isEqualTo(new Secret(OLD));
        assertThat(done).containsExactly("API_KEY_REPLACED main");
    }

    @Test
    void aChangedFileWaitsForTheEndOfThePauseOfItsAccount() throws IOException {
        write("main", OLD);
        read(3);
        daemon.leases.pause("main", Duration.ofMinutes(5), "key rotation");
        write("main", NEW);

        read(200);
        assertThat(accounts.status()).isEqualTo(new FolderStatus(null, 0, 1, new TreeMap<>()));
        assertThat(apiKeyOf("main")).isEqualTo(new Secret(OLD));
        assertThat(log.lines).noneMatch(line -> line.startsWith("WARN"));
        read(200);

        assertThat(apiKeyOf("main")).isEqualTo(new Secret(NEW));
        assertThat(accounts.status().kept()).isEqualTo(1);
    }

    /** Actions begin with a reading, or when another one ends. */
    @Test
    void moreFilesThanActionsAtOnceAreAllTakenAfterOneReading() throws IOException {
        int files = 2 * AccountActions.MOST_AT_ONCE + 50;
        List<CompletableFuture<Void>> recording = new ArrayList<>();
        accounts = new AccountsFolder(
                new AccountsFolder.Source(folder, MOST, Set.of(), Set.of()),
                daemon.leases,
                FolderIdentityFile.beside(root.resolve("leases.db")),
                daemon.clock,
                (account, change) -> {
                    recording.add(new CompletableFuture<>());
                    return recording.get(recording.size() - 1);
                });
        for (int i = 0; i < files; i++) {
            write("desk-" + i, OLD);
        }

        read(2);

        assertThat(recording).hasSize(AccountActions.MOST_AT_ONCE);
        for (int i = 0; i < files; i++) {
            recording.get(i).complete(null);
            assertThat(recording).hasSize(Math.min(files, AccountActions.MOST_AT_ONCE + i + 1));
        }
        assertThat(daemon.leases.after("")).hasSize(files);
    }

    @Test
    void aReadingThatHangsIsTroubleAfterHalfAMinute() throws IOException {
        write("main", OLD);
        read(3);

        daemon.clock.advance(AccountsFolder.LONGEST_READING);
        assertThat(accounts.status().isWell()).isTrue();
        daemon.clock.advance(Duration.ofMillis(1));

        assertThat(accounts.status().trouble()).isEqualTo("has not been read for 30 s");
        read(1);
        assertThat(accounts.status().isWell()).isTrue();
    }

    /** Somebody may confuse the settings. */
    @Test
    void anApiKeyInThePlaceOfThePathIsNotLogged() throws IOException {
        folder = root.resolve(OLD);

        read(3);
        restart(daemon);
        read(3);
        Files.createDirectory(folder);
        read(3);

        assertThat(log.lines)
                .contains("ERROR the folder of LISTENKEYD_ACCOUNTS_DIR does not exist; it changes nothing meanwhile");
    }

    @Test
    void aFolderThatIsNoneIsTrouble() throws Exception {
        Files.delete(folder);
        assumeTrue(new ProcessBuilder("mkfifo", folder.toString()).start().waitFor() == 0);

        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> read(2));

        assertThat(accounts.status().trouble()).isEqualTo("is no folder");
    }

    @Test
    void filesThatOthersMayWriteAreUsedWithAWarning() throws IOException {
        Files.setPosixFilePermissions(write("main", OLD), PosixFilePermissions.fromString("rw-rw----"));

        read(5);

        assertThat(apiKeyOf("main")).isEqualTo(new Secret(OLD));
        assertThat(log.lines)
                .filteredOn(line -> line.contains("may be written by others than their owner: main"))
                .hasSize(1);
    }

    private void registerAs(String holder, String apiKey) {
        daemon.leases.register(
                new RegistrationRequest("main", new Secret(apiKey), false, null, null, holder, "default"));
        daemon.tick();
    }

    private void joinAs(String holder) {
        daemon.leases.register(new RegistrationRequest("main", null, false, null, null, holder, "default"));
        daemon.tick();
    }
}
