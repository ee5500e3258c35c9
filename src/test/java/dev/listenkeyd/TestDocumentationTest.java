package dev.listenkeyd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tests' documentation names tests that are there. */
class TestDocumentationTest {
    private static final Path DOCUMENTATION = Path.of("src/test/README.md");
    private static final Pattern TEST = Pattern.compile("`(\\w+(?:Test|IT))\\.(\\w+)`");

    @Test
    void everyTestThatItNamesIsThere() throws IOException {
        List<MatchResult> named =
                TEST.matcher(Files.readString(DOCUMENTATION)).results().toList();

        assertThat(named).hasSizeGreaterThan(40);
        for (MatchResult test : named) {
            assertThat(source(test.group(1))).as(test.group()).contains("void " + test.group(2) + "(");
        }
    }

    private static String source(String type) throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
            Path file = files.filter(path -> path.endsWith(type + ".java"))
                    .findAny()
                    .orElseThrow(() -> new AssertionError("no test " + type));
            return Files.readString(file);
        }
    }
}
