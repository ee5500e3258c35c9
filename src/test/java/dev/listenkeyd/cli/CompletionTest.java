package dev.listenkeyd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.process.Commands;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The completion for bash offers what the command takes. */
@DisabledOnOs(OS.WINDOWS)
class CompletionTest {
    private static final Path SCRIPT = Path.of("deploy/completion/listenkeyd.bash");

    @TempDir
    private Path folder;

    private Path program;

    @BeforeEach
    void writeProgram() throws IOException {
        program = folder.resolve("listenkeyd");
        answerWith("printf '%s\\n' 'ACCOUNT  STATUS' 'main     ACTIVE' 'desk-2   LOST'");
    }

    @Test
    void everyCommandIsOffered() throws Exception {
        assertThat(complete(""))
                .containsExactlyElementsOf(Stream.concat(
                                Stream.of(Command.values()).map(Command::word),
                                Stream.of("healthcheck", "migrate", "--version", "--help"))
                        .toList());
        assertThat(complete("wa")).containsExactly("watch", "wait");
    }

    @Test
    void everyOptionIsOfferedWhereItIsTaken() throws Exception {
        for (Command command : Command.values()) {
            assertThat(complete(command.word(), "-"))
                    .as(command.word())
                    .containsExactlyInAnyOrderElementsOf(Stream.of(Option.values())
                            .filter(command::takes)
                            .map(Option::word)
                            .toList());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "show|, main desk-2",
        "show|--json|m, main",
        "--url|http://x|wait|--timeout|5s|, main desk-2",
        "show|main|, --json --url",
        "status|, --json --url",
        "wait|main|--timeout|, ''",
        "list|--status|A, ACTIVE AT_RISK",
        "migrate|, --to",
    })
    void accountsComeFromTheDaemon(String words, String offered) throws Exception {
        assertThat(String.join(" ", complete(words.split("\\|", -1)))).isEqualTo(offered);
    }

    /** Bash hands over an address in pieces. */
    @ParameterizedTest
    @ValueSource(strings = {"--url http://127.0.0.1:8201", "--url=http://127.0.0.1:8201"})
    void accountsComeFromTheDaemonThatWasTyped(String url) throws Exception {
        answerWith("printf '%s\\n' ACCOUNT \"$(echo $* | tr -dc a-z0-9-) .\"");
        String pieces = url.replaceAll("[:=]", "|$0|").replace(" ", "|");

        List<String> offered = completeLine(program + " show " + url + " ", ("show|" + pieces + "|").split("\\|", -1));

        assertThat(offered).containsExactly("list" + url.replaceAll("[^a-z0-9-]", ""));
    }

    @Test
    void withoutADaemonNothingIsOfferedAndNothingSaid() throws Exception {
        answerWith("echo 'listenkeyd: no daemon answers' >&2; exit 5");

        assertThat(complete("show", "")).isEmpty();
    }

    /** A name that could not be one is no command for the shell. */
    @Test
    void namesAreNotRun() throws Exception {
        answerWith("printf '%s\\n' ACCOUNT '$(touch${IFS}" + folder.resolve("ran") + ")'");

        complete("show", "");

        assertThat(folder.resolve("ran")).doesNotExist();
    }

    @Test
    void shellcheckFindsNothing() throws Exception {
        if (Commands.run("shellcheck", "--version")) {
            assertThat(Commands.run("shellcheck", "--shell=bash", SCRIPT.toString()))
                    .isTrue();
        }
    }

    private void answerWith(String script) throws IOException {
        Files.writeString(program, "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }

    private List<String> complete(String... words) throws IOException, InterruptedException {
        return completeLine(program + " " + String.join(" ", words), words);
    }

    /** @param words as bash has cut the line */
    private List<String> completeLine(String line, String... words) throws IOException, InterruptedException {
        String typed = Arrays.stream(words).map(word -> "'" + word + "'").collect(Collectors.joining(" "));
        String script = ". " + SCRIPT.toAbsolutePath() + "; COMP_LINE='" + line + "'; COMP_WORDS=('" + program + "' "
                + typed + "); COMP_CWORD=" + words.length
                + "; _listenkeyd; [ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\\n' \"${COMPREPLY[@]}\"";
        Process bash = new ProcessBuilder("bash", "-c", script)
                .redirectErrorStream(true)
                .start();
        List<String> offered = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(bash.waitFor()).as("%s", offered).isZero();
        return offered;
    }
}
