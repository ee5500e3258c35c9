package dev.listenkeyd.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the files of {@code deploy} are held against. */
final class DeployFiles {
    static final Path DEPLOY = Path.of("deploy");

    private static final Pattern SETTING = Pattern.compile("^#?((?:LISTENKEYD|QUARKUS)_\\w+)=", Pattern.MULTILINE);
    private static final Pattern OURS = Pattern.compile("(LISTENKEYD|QUARKUS)_.*");

    /** Settings that are secrets themselves; their like that end in {@code _FILE} are not. */
    private static final Pattern SECRET =
            Pattern.compile("LISTENKEYD_.*_(API_KEY|TOKEN|SECRETS_KEY|PASSWORD)|LISTENKEYD_SECRETS_KEY");

    private DeployFiles() {}

    /** As the build has it. */
    static String version() {
        Properties build = new Properties();
        try (InputStream file =
                Objects.requireNonNull(DeployFiles.class.getResourceAsStream("/listenkeyd.properties"))) {
            build.load(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return build.getProperty("version");
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Names of the files in a folder. */
    static Set<String> names(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a group of the pattern matches in the text, in order. */
    static List<String> all(Pattern pattern, int group, String text) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult match) -> match.group(group))
                .toList();
    }

    /** Every variable for the daemon is one that it knows, and none is a secret. */
    static void assertSettings(Iterable<String> variables) {
        Set<String> known = Set.copyOf(all(SETTING, 1, read(Path.of(".env.example"))));
        assertThat(variables).isNotEmpty().doesNotHaveDuplicates().allSatisfy(name -> {
            assertThat(name).doesNotMatch(SECRET);
            if (OURS.matcher(name).matches()) {
                assertThat(known).contains(name);
            }
        });
    }
}
