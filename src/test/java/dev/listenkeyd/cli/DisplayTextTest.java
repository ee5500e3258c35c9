package dev.listenkeyd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.TextNode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Texts and times in tables. */
class DisplayTextTest {
    @Test
    void longTextsAreCutAndColumnsStayAligned() {
        Table table = new Table(new Table.Column("NAME", 8), new Table.Column("WHY", 6));
        table.add("a-name-that-is-long", "x");
        table.add("é", "a long reason");
        table.add("\ud83d\ude00 a b c d e", "");

        assertThat(print(table))
                .isEqualTo(String.format("NAME      WHY%na-nam...  x%né         a l...%n\ud83d\ude00 a ...%n"));
    }

    @Test
    void noHalfCharacterIsLeft() {
        assertThat(DisplayText.cut("abc\ud83d\ude00defgh", 7)).isEqualTo("abc...");
    }

    @Test
    void linesBreakAtSpacesAndLongWordsStayWhole() {
        assertThat(DisplayText.wrap("one two three-is-long four", 8))
                .containsExactly("one two", "three-is-long", "four");
        assertThat(DisplayText.wrap("", 8)).containsExactly("");
    }

    @ParameterizedTest
    @CsvSource({"0, 0 s", "89, 89 s", "90, 1 min", "5399, 89 min", "5400, 1 h", "129599, 35 h", "129600, 1 d"})
    void spansAreRoundedDown(long seconds, String text) {
        assertThat(TimeText.span(Duration.ofSeconds(seconds))).isEqualTo(text);
    }

    @Test
    void instantsAreShownWithTheirDistance() {
        TimeText times = new TimeText(() -> Instant.parse("2026-11-29T16:10:00Z"));

        assertThat(times.of(TextNode.valueOf("2026-11-29T16:09:48.5Z"))).isEqualTo("11 s ago (2026-11-29T16:09:48Z)");
        assertThat(times.of(TextNode.valueOf("2026-11-29T16:10:11.9Z"))).isEqualTo("in 11 s (2026-11-29T16:10:11Z)");
        assertThat(times.of(TextNode.valueOf("soon"))).isEqualTo("soon");
    }

    private static String print(Table table) {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        table.print(new PrintStream(printed, true, StandardCharsets.UTF_8), new Colours(false));
        return printed.toString(StandardCharsets.UTF_8);
    }
}
