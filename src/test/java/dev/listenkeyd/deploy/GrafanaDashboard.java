package dev.listenkeyd.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The shipped dashboard, as its file has it. */
public record GrafanaDashboard(JsonNode json) {
    private static final Path FILE = Path.of("deploy/grafana/listenkeyd.json");
    private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.+), *(\\w+)\\)");

    /**
     * An expression as Prometheus gets it.
     *
     * @param where it stands
     * @param awaitsEvents it shows events only: nothing in peace
     */
    public record Expression(String where, String promql, boolean awaitsEvents) {}

    public static GrafanaDashboard shipped() throws IOException {
        return new GrafanaDashboard(new ObjectMapper().readTree(FILE.toFile()));
    }

    public List<JsonNode> panels() {
        return list(json.get("panels"));
    }

    /** Apart from the one that every dashboard has, of Grafana's own. */
    public List<JsonNode> annotations() {
        return list(json.at("/annotations/list")).stream()
                .filter(annotation -> !annotation.path("builtIn").asBoolean())
                .toList();
    }

    public List<JsonNode> variables() {
        return list(json.at("/templating/list"));
    }

    /** Every expression that it sends, with Grafana's variables replaced as Grafana does it. */
    public List<Expression> expressions() {
        List<Expression> all = new ArrayList<>();
        for (JsonNode panel : panels()) {
            for (JsonNode target : panel.get("targets")) {
                String where =
                        panel.get("title").asText() + ", " + target.get("refId").asText();
                all.add(new Expression(where, interpolated(target.get("expr").asText()), false));
            }
        }
        for (JsonNode annotation : annotations()) {
            String where = "annotation " + annotation.get("name").asText();
            all.add(new Expression(where, interpolated(annotation.get("expr").asText()), true));
        }
        for (JsonNode variable : variables()) {
            if (variable.get("type").asText().equals("query")) {
                String query = variable.at("/query/query").asText();
                Matcher labelValues = LABEL_VALUES.matcher(query);
                assertThat(labelValues.matches()).as(query).isTrue();
                all.add(new Expression(
                        "variable " + variable.get("name").asText(),
                        "count by (" + labelValues.group(2) + ") (" + labelValues.group(1) + ")",
                        false));
            }
        }
        return all;
    }

    /** The interval is for scrapes each second. */
    private static String interpolated(String expression) {
        String promql = expression.replace("$__rate_interval", "30s").replace("$instance", ".*");
        assertThat(promql).doesNotContain("$");
        return promql;
    }

    private static List<JsonNode> list(JsonNode array) {
        List<JsonNode> items = new ArrayList<>();
        array.forEach(items::add);
        return items;
    }
}
