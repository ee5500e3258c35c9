package dev.listenkeyd.ui;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.encoding.WireWord;
import dev.listenkeyd.lease.EventType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The files of the page: all are served, and none does what the page promises not to do. */
class PageFilesTest {
    private static final Path FOLDER = Path.of("src/main/resources/ui");
    private static final int MOST_LINES = 250;

    static Stream<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.toList().stream();
        }
    }

    @Test
    void everyFileIsServedAndNoOther() throws IOException {
        assertThat(PageFiles.NAMES)
                .containsExactlyInAnyOrderElementsOf(
                        files().map(file -> file.getFileName().toString()).toList());
        PageFiles files = new PageFiles();
        for (String name : PageFiles.NAMES) {
            assertThat(Objects.requireNonNull(files.find(name)).content().getBytes())
                    .isEqualTo(Files.readAllBytes(FOLDER.resolve(name)));
        }
        assertThat(files.find("../application.properties")).isNull();
        assertThat(files.find("")).isNull();
    }

    @ParameterizedTest
    @MethodSource("files")
    void noTextBecomesMarkupOrCodeAndNoOtherHostIsNamed(Path file) throws IOException {
        String text = Files.readString(file).replace("http://www.w3.org/2000/svg", "");

        assertThat(text)
                .doesNotContain(
                        "innerHTML",
                        "outerHTML",
                        "insertAdjacentHTML",
                        "document.write",
                        "eval(",
                        "new Function",
                        "srcdoc")
                .doesNotContain("http://", "https://", "@import", "style=\"", "onclick=");
        assertThat(text.lines().count()).isLessThan(MOST_LINES);
    }

    /** The stream asks for types by name: renewals come only so. */
    @Test
    void thePageFollowsEveryTypeOfEvent() throws IOException {
        String stream = Files.readString(FOLDER.resolve("stream.js"));
        String types = stream.substring(stream.indexOf("const TYPES = ["), stream.indexOf("];"));

        List<String> words = Stream.of(EventType.values()).map(WireWord::of).toList();
        assertThat(types.split("\"", -1)).containsAll(words);
        assertThat(types.chars().filter(letter -> letter == '"').count()).isEqualTo(2L * words.size());
    }
}
