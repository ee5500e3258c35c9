package dev.listenkeyd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How arguments are understood. */
class ArgumentsTest {
    @Test
    void optionsStandAnywhere() {
        for (String line : List.of(
                "--url http://a wait main --timeout 5m",
                "wait --url=http://a --timeout=5m main",
                "wait main --timeout 300 --url http://a")) {
            Arguments arguments = parse(line);

            assertThat(arguments.command()).isEqualTo(Command.WAIT);
            assertThat(arguments.account()).isEqualTo("main");
            assertThat(arguments.option(Option.URL)).isEqualTo("http://a");
            assertThat(arguments.timeout(Duration.ZERO)).isEqualTo(Duration.ofMinutes(5));
        }
        assertThat(parse("status").json()).isFalse();
        assertThat(parse("--json status").json()).isTrue();
        assertThat(parse("watch").account()).isNull();
        assertThat(parse("list --status at-risk").option(Option.STATUS)).isEqualTo("AT_RISK");
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "500ms, 500", "30s, 30000", "2m, 120000", "1h, 3600000"})
    void timeoutsHaveAUnit(String raw, long millis) {
        assertThat(parse("wait main --timeout " + raw).timeout(Duration.ZERO)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | unknown command: ; there are status, list",
                "--json | a command is missing; there are status, list",
                "lst | unknown command: lst; there are status, list",
                "show | an account is missing; usage: listenkeyd show ACCOUNT",
                "show a b | too many arguments for show; usage: listenkeyd show ACCOUNT",
                "status main | too many arguments for status",
                "show ../status | not the name of an account: ../status",
                "show MAIN | not the name of an account: MAIN",
                "list --fingerprint 3f9a1c2b | list has no option --fingerprint; usage: listenkeyd list [--status STATUS]",
                "pause main --for 2h | --reason is missing; usage: listenkeyd pause ACCOUNT --for 2h --reason TEXT",
                "pause main --reason x | --for is missing; usage: listenkeyd pause ACCOUNT --for 2h --reason TEXT",
                "list --color | unknown option: --color",
                "list -x | unknown option: -x",
                "list --token=secret | unknown option: --token",
                "list --status | --status: its value is missing",
                "list --json=yes | --json: has no value",
                "list --json --json | --json: is given twice",
                "list --status a&b | --status: must be a word",
                "wait main --fingerprint xyz | --fingerprint: must be 8 hex digits",
                "wait main --timeout -1s | --timeout: must be a duration",
                "wait main --timeout soon | --timeout: must be a duration",
                "wait main --timeout 99999999999s | --timeout: must be a duration",
            })
    void wrongArgumentsAreExplained(String line, String message) {
        assertThatThrownBy(() -> parse(line).timeout(Duration.ZERO))
                .isInstanceOfSatisfying(
                        CommandFailed.class, e -> assertThat(e.exitCode()).isEqualTo(ExitCode.WRONG_USAGE))
                .hasMessageStartingWith(message)
                .hasMessageNotContaining("secret");
    }

    private static Arguments parse(String line) {
        return Arguments.parse(Arrays.asList(line.split(" ", -1)));
    }
}
