package dev.listenkeyd.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The documentation for users: its links lead somewhere, and every page can be found. */
class DocumentationLinksTest {
    private static final Path README = Path.of("README.md");
    private static final int README_LINES = 250;
    private static final Pattern CODE_BLOCK = Pattern.compile("(?ms)^ *```.*?^ *```");
    private static final Pattern LINK = Pattern.compile("\\[[^]]*]\\(([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} (.+)$");
    private static final Pattern NOT_IN_ANCHORS = Pattern.compile("[^\\p{L}\\p{N} _-]");

    @ParameterizedTest
    @MethodSource("pages")
    void everyLinkLeadsSomewhere(Path page) throws IOException {
        for (String link : links(page)) {
            String[] parts = link.split("#", 2);
            Path target =
                    parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
            assertThat(target).as("%s links to %s", page, link).exists();
            if (parts.length == 2) {
                assertThat(anchors(target)).as("%s links to %s", page, link).contains(parts[1]);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("manual")
    void everyPageOfTheManualIsNamedInTheReadmeAndListsItsSections(Path page) throws IOException {
        assertThat(links(README)).contains("docs/" + page.getFileName());
        List<String> contents =
                links(page).stream().filter(link -> link.startsWith("#")).toList();
        assertThat(HEADING.matcher(prose(page)).results().map(heading -> heading.group(0)))
                .filteredOn(heading -> heading.startsWith("## "))
                .isNotEmpty()
                .allSatisfy(heading -> assertThat(contents).contains("#" + anchor(heading.substring(3))));
    }

    @Test
    void theReadmeIsRead() throws IOException {
        assertThat(Files.readAllLines(README)).hasSizeLessThanOrEqualTo(README_LINES);
    }

    static Stream<Path> pages() throws IOException {
        return Stream.of(Stream.of(README, Path.of("SECURITY.md")), manual(), markdown(Path.of("deploy")))
                .flatMap(pages -> pages);
    }

    static Stream<Path> manual() throws IOException {
        return markdown(Path.of("docs"));
    }

    private static Stream<Path> markdown(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".md")).sorted().toList().stream();
        }
    }

    /** Those into this repository. */
    private static List<String> links(Path page) throws IOException {
        return LINK.matcher(prose(page))
                .results()
                .map(link -> link.group(1))
                .filter(link -> !link.matches("https?:.*|mailto:.*"))
                .toList();
    }

    /** The anchors that GitHub gives to headings: a second one of the same name gets a number. */
    private static Set<String> anchors(Path page) throws IOException {
        Set<String> anchors = new TreeSet<>();
        List<String> repeated = new ArrayList<>();
        for (MatchResult heading : HEADING.matcher(prose(page)).results().toList()) {
            String anchor = anchor(heading.group(1));
            repeated.add(anchor);
            long before = repeated.stream().filter(anchor::equals).count() - 1;
            anchors.add(before == 0 ? anchor : anchor + "-" + before);
        }
        return anchors;
    }

    private static String anchor(String heading) {
        return NOT_IN_ANCHORS
                .matcher(heading.toLowerCase(Locale.ROOT))
                .replaceAll("")
                .replace(' ', '-');
    }

    private static String prose(Path page) throws IOException {
        return CODE_BLOCK.matcher(Files.readString(page)).replaceAll("");
    }
}
