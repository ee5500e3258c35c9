package dev.listenkeyd.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The form of the dashboard's file; {@code PrometheusIT} sends its expressions to a real Prometheus. */
class GrafanaDashboardTest {
    private static final int COLUMNS = 24;

    /** Of Grafana 11; later ones bring it up to date as they load it. */
    private static final int SCHEMA = 39;

    private static final Set<String> PANELS = Set.of("stat", "bargauge", "timeseries", "heatmap");

    private final GrafanaDashboard dashboard;

    GrafanaDashboardTest() throws IOException {
        dashboard = GrafanaDashboard.shipped();
    }

    @Test
    void itCanBeImported() {
        JsonNode json = dashboard.json();

        assertThat(json.get("schemaVersion").asInt()).isEqualTo(SCHEMA);
        assertThat(json.get("id").isNull()).as("Grafana gives the id").isTrue();
        assertThat(json.get("uid").asText()).matches("[a-z]{1,40}");
        assertThat(json.get("title").asText()).isNotBlank();
        assertThat(json.at("/time/from").asText()).startsWith("now-");
        assertThat(dashboard.variables())
                .extracting(
                        variable -> variable.get("name").asText(),
                        variable -> variable.get("type").asText())
                .containsExactly(
                        tuple("datasource", "datasource"), tuple("instance", "query"), tuple("daemon", "textbox"));
    }

    /** The address is chosen by its variable; an account is the name of its lease on the page. */
    @Test
    void itLinksToThePage() {
        assertThat(dashboard.json().get("links"))
                .extracting(link -> link.get("url").asText())
                .containsExactly("${daemon:raw}/ui/");
        assertThat(dashboard.panels()).allSatisfy(panel -> {
            boolean byAccount =
                    panel.findValuesAsText("legendFormat").stream().anyMatch(name -> name.contains("{{account}}"));
            assertThat(panel.at("/fieldConfig/defaults/links").findValuesAsText("url"))
                    .as("%s", panel.get("title"))
                    .isEqualTo(byAccount ? List.of("${daemon:raw}/ui/#${__field.labels.account}") : List.of());
        });
    }

    @Test
    void everyPanelIsWhole() {
        Set<Integer> ids = new HashSet<>();
        assertThat(dashboard.panels()).hasSizeGreaterThan(10).allSatisfy(panel -> {
            assertThat(ids.add(panel.get("id").asInt())).as("an id of its own").isTrue();
            assertThat(PANELS).contains(panel.get("type").asText());
            assertThat(panel.get("title").asText()).isNotBlank();
            assertThat(panel.at("/fieldConfig/defaults/unit").asText())
                    .as("unit of %s", panel.get("title"))
                    .isNotBlank();
            assertThat(panel.get("targets")).isNotEmpty();
            Set<String> refIds = new HashSet<>();
            assertThat(panel.get("targets")).allSatisfy(target -> {
                assertThat(refIds.add(target.get("refId").asText())).isTrue();
                assertThat(target.get("instant").asBoolean())
                        .isNotEqualTo(target.get("range").asBoolean());
            });
        });
    }

    @Test
    void noPanelCoversAnother() {
        Set<List<Integer>> taken = new HashSet<>();
        for (JsonNode panel : dashboard.panels()) {
            JsonNode place = panel.get("gridPos");
            int left = place.get("x").asInt();
            int right = left + place.get("w").asInt();
            int top = place.get("y").asInt();
            assertThat(left).isNotNegative().isLessThan(right);
            assertThat(right).isLessThanOrEqualTo(COLUMNS);
            assertThat(place.get("h").asInt()).isPositive();
            for (int x = left; x < right; x++) {
                for (int y = top; y < top + place.get("h").asInt(); y++) {
                    assertThat(taken.add(List.of(x, y)))
                            .as("%s is alone at %d, %d", panel.get("title"), x, y)
                            .isTrue();
                }
            }
        }
    }

    @Test
    void theDataSourceIsChosenByItsVariable() {
        assertThat(dashboard.panels()).allSatisfy(panel -> {
            assertAsksTheChosen(panel);
            assertThat(panel.get("targets")).allSatisfy(GrafanaDashboardTest::assertAsksTheChosen);
        });
        assertThat(dashboard.annotations()).hasSize(2).allSatisfy(GrafanaDashboardTest::assertAsksTheChosen);
        assertAsksTheChosen(dashboard.variables().get(1));
    }

    @Test
    void everyExpressionIsForTheChosenInstances() {
        assertThat(dashboard.panels())
                .flatExtracting(panel -> panel.findValuesAsText("expr"))
                .allSatisfy(expression -> assertThat(expression.split("listenkey_", -1).length - 1)
                        .as(expression)
                        .isEqualTo(expression.split("instance=~\"\\$instance\"", -1).length - 1));
    }

    private static void assertAsksTheChosen(JsonNode asking) {
        assertThat(asking.at("/datasource/type").asText()).isEqualTo("prometheus");
        assertThat(asking.at("/datasource/uid").asText()).isEqualTo("${datasource}");
    }
}
