package dev.listenkeyd.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Recipes of images, and what runs them together, find what they name, and leave nothing open. */
class ImagesTest {
    private static final Path COMPOSE = DeployFiles.DEPLOY.resolve("compose.yaml");
    private static final Path IGNORE = Path.of(".dockerignore");
    private static final String STATE = "/var/lib/listenkeyd";

    private static final Pattern INSTRUCTION = Pattern.compile("(?m)^([A-Z]+) ((?:.*\\\\\\n)*.*)$");
    private static final Pattern BASE = Pattern.compile("(?m)^FROM (\\S+)(?: AS (\\w+))?$");
    private static final Pattern FROM_STAGE = Pattern.compile("(?m)^COPY --from=(\\w+)");
    private static final Pattern FROM_HERE = Pattern.compile("(?m)^COPY (?!--from)(.+) \\S+$");
    private static final Pattern VERSIONED = Pattern.compile("listenkeyd[-:](\\d+\\.\\d+\\.\\d+)");
    private static final Pattern VARIABLE = Pattern.compile("(?:^ENV |^ {4})([A-Z][A-Z_]+)=", Pattern.MULTILINE);

    @ParameterizedTest
    @ValueSource(strings = {"Dockerfile.native", "Dockerfile.jvm"})
    void whatIsCopiedIsThere(String name) {
        String recipe = recipe(name);

        assertThat(DeployFiles.all(FROM_STAGE, 1, recipe)).isNotEmpty().isSubsetOf(DeployFiles.all(BASE, 2, recipe));
        List<String> ignored = DeployFiles.read(IGNORE).lines().toList();
        assertThat(DeployFiles.all(FROM_HERE, 1, recipe).stream().flatMap(list -> Arrays.stream(list.split(" "))))
                .isNotEmpty()
                .allSatisfy(source -> {
                    assertThat(ignored).contains("*", "!" + source);
                    // What a build makes is there after it.
                    assertThat(source.startsWith("target/") || Files.exists(Path.of(source)))
                            .as(source)
                            .isTrue();
                });
        assertThat(DeployFiles.all(BASE, 1, recipe)).hasSize(2).allMatch(image -> image.contains(":"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Dockerfile.native", "Dockerfile.jvm"})
    void theImageRunsAsNobodyAndWritesToItsVolumeOnly(String name) {
        String recipe = recipe(name);

        assertThat(last("USER", recipe)).matches("[1-9]\\d+:[1-9]\\d+");
        assertThat(last("VOLUME", recipe)).isEqualTo(STATE);
        assertThat(last("WORKDIR", recipe)).isEqualTo(STATE);
        assertThat(recipe)
                .contains("LISTENKEYD_STORE_FILE=" + STATE + "/", "-Djava.io.tmpdir=" + STATE)
                .contains("--chown=" + last("USER", recipe) + " /build/data " + STATE);
        assertThat(last("HEALTHCHECK", recipe)).endsWith("/bin/listenkeyd\", \"healthcheck\"]");
        assertThat(last("ENTRYPOINT", recipe)).startsWith("[\"/");
        DeployFiles.assertSettings(DeployFiles.all(VARIABLE, 1, recipe));
    }

    @Test
    void whatIsDocumentedIsThisVersion() {
        assertThat(DeployFiles.all(VERSIONED, 1, DeployFiles.read(DeployFiles.DEPLOY.resolve("README.md"))))
                .isNotEmpty()
                .containsOnly(DeployFiles.version());
    }

    @Test
    void composeFindsWhatItMounts() {
        JsonNode services = compose().get("services");
        Path folder = COMPOSE.getParent();
        Path context = folder.resolve(services.at("/listenkeyd/build/context").asText());

        assertThat(context.resolve(services.at("/listenkeyd/build/dockerfile").asText()))
                .exists();
        assertThat(services)
                .allSatisfy(service -> assertThat(service.get("volumes"))
                        .isNotEmpty()
                        .allSatisfy(volume -> {
                            String source = volume.asText().split(":", 2)[0];
                            if (source.startsWith(".")) {
                                assertThat(folder.resolve(source)).exists();
                                assertThat(volume.asText()).endsWith(":ro");
                            } else {
                                assertThat(compose().get("volumes").has(source))
                                        .as(source)
                                        .isTrue();
                            }
                        }));
    }

    @Test
    void composeOpensNothingToOtherMachines() {
        JsonNode services = compose().get("services");

        assertThat(services.at("/listenkeyd/ports"))
                .isNotEmpty()
                .allSatisfy(port -> assertThat(port.asText()).startsWith("127.0.0.1:"));
        assertThat(services.at("/listenkeyd/read_only").asBoolean()).isTrue();
        assertThat(services.at("/listenkeyd/cap_drop/0").asText()).isEqualTo("ALL");
        for (String other : List.of("prometheus", "grafana")) {
            assertThat(services.at("/" + other + "/network_mode").asText()).isEqualTo("service:listenkeyd");
            assertThat(services.get(other).has("ports")).isFalse();
        }
        assertThat(services).hasSize(3);
    }

    @Test
    void composeSetsWhatTheDaemonKnows() {
        DeployFiles.assertSettings(
                () -> compose().at("/services/listenkeyd/environment").fieldNames());
    }

    /** Where Grafana looks is where the dashboard is. */
    @Test
    void theDashboardIsMountedWhereItIsLookedFor() {
        JsonNode provider = StrictYaml.tree(
                DeployFiles.read(DeployFiles.DEPLOY.resolve("grafana/provisioning/dashboards/listenkeyd.yaml")));
        String looksIn = provider.at("/providers/0/options/path").asText();

        assertThat(compose().at("/services/grafana/volumes"))
                .anySatisfy(volume -> assertThat(volume.asText())
                        .isEqualTo("./grafana/listenkeyd.json:" + looksIn + "/listenkeyd.json:ro"));
    }

    private static JsonNode compose() {
        return StrictYaml.tree(DeployFiles.read(COMPOSE));
    }

    private static String recipe(String name) {
        return DeployFiles.read(DeployFiles.DEPLOY.resolve("docker").resolve(name));
    }

    /** The arguments of an instruction's last occurrence: the one that holds for the image. */
    private static String last(String instruction, String recipe) {
        return INSTRUCTION
                .matcher(recipe)
                .results()
                .filter(match -> match.group(1).equals(instruction))
                .map(match -> match.group(2))
                .reduce((before, after) -> after)
                .orElseThrow(() -> new AssertionError("no " + instruction));
    }
}
