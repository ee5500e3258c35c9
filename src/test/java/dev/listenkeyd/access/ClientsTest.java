package dev.listenkeyd.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.files.TrustedFile;
import dev.listenkeyd.telemetry.LogRecording;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens and their clients, and token files that change. */
class ClientsTest {
    private static final String ALPHA = "alpha-0123456789abcdef";
    private static final String BETA = "beta-0123456789abcdef";
    private static final String OLD = "old-0123456789abcdef";
    private static final String NEW = "new-0123456789abcdef";

    @TempDir
    private Path folder;

    private final LogRecording log = new LogRecording("listenkeyd.access");

    @AfterEach
    void stopListening() {
        log.close();
        assertThat(log.everything).noneMatch(line -> line.contains("0123456789"));
    }

    @Test
    void everyTokenLeadsToItsClient() {
        Clients clients = clients(client("alpha", ALPHA), client("beta", BETA + "," + OLD));

        assertThat(owner(clients, ALPHA)).isEqualTo("alpha");
        assertThat(owner(clients, BETA)).isEqualTo("beta");
        assertThat(owner(clients, OLD)).isEqualTo("beta");
        assertThat(owner(clients, NEW)).isEqualTo("nobody");
        assertThat(clients.isOpen()).isFalse();
    }

    @Test
    void withoutClientsNoTokenIsRight() {
        Clients clients = clients();

        assertThat(clients.isOpen()).isTrue();
        assertThat(owner(clients, ALPHA)).isEqualTo("nobody");
    }

    @Test
    void theNameOfAClientIsItsOwnHolder() {
        Clients clients = clients(client("alpha", ALPHA), client("beta", BETA));

        assertThat(clients.mayActAs("alpha", "alpha")).isTrue();
        assertThat(clients.mayActAs("beta", "alpha")).isFalse();
        assertThat(clients.mayActAs("BETA", "alpha")).as("in another case").isFalse();
        assertThat(clients.mayActAs("Alpha", "alpha")).isTrue();
        assertThat(clients.mayActAs("bot-7", "alpha")).isTrue();
        assertThat(clients().mayActAs("alpha", "default")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"config", "default", "listenkeyd", "Config", "DEFAULT", "ListenKeyD"})
    void someHoldersStandForNoClient(String holder) {
        assertThat(Clients.isReserved(holder)).isTrue();
        assertThat(Clients.isReserved(holder + "-7")).isFalse();
    }

    // --- files

    @Test
    void theOldTokensStayWhileOthersMayWriteTheFile() throws IOException {
        Clients clients = clients(inFile("bot", OLD));
        clients.reread();

        write(NEW);
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r--rw-"));
        clients.reread();
        clients.reread();
        assertThat(owner(clients, OLD)).isEqualTo("bot");
        assertThat(owner(clients, NEW)).isEqualTo("nobody");

        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r--r--"));
        clients.reread();
        assertThat(owner(clients, NEW)).isEqualTo("bot");
        assertThat(log.lines)
                .containsExactly(
                        "WARN client bot: its token file may be written by others than its owner (rw-r--rw-); take that away"
                                + " with chmod go-w; its earlier token(s) stay valid",
                        "INFO client bot: its token file was read again, 1 token(s) are valid");
    }

    @Test
    void tokensAreRotatedByTheFile() throws IOException {
        Clients clients = clients(client("alpha", ALPHA), inFile("bot", OLD));

        write(OLD + "\n" + NEW);
        clients.reread();
        assertThat(owner(clients, OLD)).isEqualTo("bot");
        assertThat(owner(clients, NEW)).isEqualTo("bot");

        write(NEW);
        clients.reread();
        assertThat(owner(clients, OLD)).isEqualTo("nobody");
        assertThat(owner(clients, NEW)).isEqualTo("bot");
        assertThat(owner(clients, ALPHA)).isEqualTo("alpha");
        assertThat(log.lines)
                .containsExactly(
                        "INFO client bot: its token file was read again, 2 token(s) are valid",
                        "INFO client bot: its token file was read again, 1 token(s) are valid");
    }

    @Test
    void anUnchangedFileIsNotReadAgain() throws IOException {
        Clients clients = clients(inFile("bot", OLD));
        clients.reread();
        FileTime written = Files.getLastModifiedTime(file());

        // Same length and time: it looks unchanged.
        write(NEW);
        Files.setLastModifiedTime(file(), written);
        clients.reread();
        assertThat(owner(clients, OLD)).isEqualTo("bot");

        Files.setLastModifiedTime(file(), FileTime.fromMillis(written.toMillis() + 5));
        clients.reread();
        assertThat(owner(clients, NEW)).isEqualTo("bot");
    }

    @Test
    void aReplacedFileIsReadAgainWhateverItsTime() throws IOException {
        Clients clients = clients(inFile("bot", OLD));
        clients.reread();
        Path replacement = TrustedFile.write(folder.resolve("replacement"), NEW);
        Files.setLastModifiedTime(replacement, Files.getLastModifiedTime(file()));

        Files.move(replacement, file(), StandardCopyOption.REPLACE_EXISTING);
        clients.reread();

        assertThat(owner(clients, NEW)).isEqualTo("bot");
    }

    @Test
    void theOldTokensStayWhileTheFileIsNoGood() throws IOException {
        Clients clients = clients(client("alpha", ALPHA), inFile("bot", OLD));

        for (String bad : List.of("", "short", NEW + "\nshort", ALPHA + "\n" + NEW)) {
            write(bad);
            clients.reread();
            clients.reread();
            assertThat(owner(clients, OLD)).as(bad).isEqualTo("bot");
            assertThat(owner(clients, NEW)).as(bad).isEqualTo("nobody");
        }
        Files.delete(file());
        clients.reread();
        assertThat(owner(clients, OLD)).isEqualTo("bot");
        assertThat(owner(clients, ALPHA)).isEqualTo("alpha");
        assertThat(log.lines)
                .containsExactly(
                        "WARN client bot: its token file must hold 1 to 8 tokens; its earlier token(s) stay valid");

        write(NEW);
        clients.reread();
        assertThat(owner(clients, NEW)).isEqualTo("bot");
        assertThat(log.lines).hasSize(2).last().asString().startsWith("INFO client bot: its token file was read again");
    }

    @Test
    void aFileThatComesBackUnchangedIsGoodAgain() throws IOException {
        Clients clients = clients(inFile("bot", OLD));
        clients.reread();
        Path aside = folder.resolve("aside");
        Files.move(file(), aside);
        clients.reread();

        Files.move(aside, file());
        clients.reread();

        assertThat(owner(clients, OLD)).isEqualTo("bot");
        assertThat(log.lines).hasSize(2);
    }

    @Test
    void aCallIsApprovedByAnotherClientThatMay() {
        Clients clients = clients(client("agent", ALPHA), approver("boss", BETA));

        assertThat(clients.haveApproverFor("agent")).isTrue();
        assertThat(clients.haveApproverFor("boss")).as("its own calls").isFalse();
        assertThat(clients(approver("boss", BETA), approver("deputy", OLD)).haveApproverFor("boss"))
                .isTrue();
    }

    @Test
    void whereNobodyMayApproveNobodyDoes() {
        assertThat(clients(client("agent", ALPHA)).haveApproverFor("agent")).isFalse();
        assertThat(clients().haveApproverFor("default")).as("an open API").isFalse();
    }

    private static Client approver(String name, String tokens) {
        return new Client(name, Set.of(Scope.APPROVE), Tokens.ofList(tokens), null);
    }

    private Clients clients(Client... all) {
        return new Clients(List.of(all));
    }

    private static Client client(String name, String tokens) {
        return new Client(name, Scope.DEFAULT, Tokens.ofList(tokens), null);
    }

    private Client inFile(String name, String content) throws IOException {
        write(content);
        return new Client(name, Set.of(Scope.READ), Tokens.ofFile(file()), file());
    }

    private Path file() {
        return folder.resolve("tokens");
    }

    private void write(String content) throws IOException {
        TrustedFile.write(file(), content);
    }

    private static String owner(Clients clients, String token) {
        Client found = clients.find(token);
        return found == null ? "nobody" : found.name();
    }
}
