package dev.listenkeyd.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.listenkeyd.process.PrometheusProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** What promtool does not look at: that every alert says what to do, and has tests. */
class AlertRulesTest {
    private static final String RUNBOOK = "deploy/RUNBOOK.md";

    @Test
    void everyAlertNamesItsSectionOfTheRunbook() throws IOException {
        List<String> runbook = Files.readAllLines(Path.of(RUNBOOK));

        assertThat(alerts()).hasSizeGreaterThan(10).allSatisfy(alert -> {
            String name = name(alert);
            assertThat(name).startsWith("Listenkey");
            assertThat(alert.at("/labels/severity").asText()).isIn("warning", "critical");
            assertThat(alert.at("/annotations/summary").asText()).isNotBlank();
            assertThat(alert.at("/annotations/runbook_url").asText())
                    .isEqualTo("{{ $externalLabels.runbook_base }}#" + name.toLowerCase(Locale.ROOT));
            assertThat(runbook).contains("### " + name);
        });
    }

    @Test
    void theRunbooksAddressIsSetOnce() throws IOException {
        assertThat(yaml("prometheus.yaml")
                        .at("/global/external_labels/runbook_base")
                        .asText())
                .startsWith("https://")
                .endsWith("RUNBOOK.md");
    }

    @Test
    void everyAlertIsTestedFiringAndNotFiring() throws IOException {
        JsonNode tests = yaml("rules_test.yaml");
        List<JsonNode> cases = new ArrayList<>();
        tests.get("tests").forEach(test -> test.path("alert_rule_test").forEach(cases::add));

        for (JsonNode alert : alerts()) {
            assertThat(cases)
                    .filteredOn(test -> test.get("alertname").asText().equals(name(alert)))
                    .as(name(alert))
                    .anySatisfy(test -> assertThat(test.get("exp_alerts")).isEmpty())
                    .anySatisfy(test -> assertThat(test.get("exp_alerts")).isNotEmpty());
        }
    }

    private static List<JsonNode> alerts() throws IOException {
        List<JsonNode> alerts = new ArrayList<>();
        yaml("rules.yaml").get("groups").forEach(group -> group.get("rules").forEach(alerts::add));
        return alerts;
    }

    private static String name(JsonNode alert) {
        return alert.get("alert").asText();
    }

    private static JsonNode yaml(String file) throws IOException {
        return new YAMLMapper().readTree(PrometheusProcess.SHIPPED.resolve(file).toFile());
    }
}
