package dev.listenkeyd.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Parses the text format 0.0.4 strictly: a page that violates it fails here. */
public final class PrometheusText {
    private static final Pattern META = Pattern.compile("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)");
    private static final Pattern SAMPLE =
            Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)\\})? ([^ ]+)(?: (-?\\d+))?");
    private static final Pattern LABEL =
            Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\n]|\\\\[\\\\n\"])*)\"(?:,|$)");
    private static final Set<String> TYPES = Set.of("counter", "gauge", "histogram", "summary", "untyped");
    private static final Map<String, List<String>> SUFFIXES = Map.of(
            "counter", List.of(""),
            "gauge", List.of(""),
            "untyped", List.of(""),
            "histogram", List.of("_bucket", "_sum", "_count"),
            "summary", List.of("", "_sum", "_count"));

    /** One series. */
    record Series(String name, Map<String, String> labels) {}

    private final Map<String, String> types = new LinkedHashMap<>();
    private final Map<Series, Double> values = new HashMap<>();
    private final Set<String> finished = new HashSet<>();
    private String family = "";

    private PrometheusText() {}

    public static PrometheusText parse(String page) {
        assertThat(page).as("the last line ends, too").endsWith("\n");
        PrometheusText text = new PrometheusText();
        page.lines().filter(line -> !line.isEmpty()).forEach(text::line);
        text.checkHistograms();
        return text;
    }

    Map<String, String> types() {
        return types;
    }

    /** The value of exactly this series, labels as name, value, name, value. */
    public double value(String name, String... labels) {
        Map<String, String> wanted = new TreeMap<>();
        for (int i = 0; i < labels.length; i += 2) {
            wanted.put(labels[i], labels[i + 1]);
        }
        Double value = values.get(new Series(name, wanted));
        assertThat(value).as("%s%s among %s", name, wanted, labels(name)).isNotNull();
        return value == null ? Double.NaN : value;
    }

    /** The sum of all series of this name and label. */
    public double sum(String name, String label, String value) {
        return values.entrySet().stream()
                .filter(entry -> entry.getKey().name().equals(name))
                .filter(entry -> value.equals(entry.getKey().labels().get(label)))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }

    /** The label sets of all series of this name. */
    List<Map<String, String>> labels(String name) {
        return values.keySet().stream()
                .filter(series -> series.name().equals(name))
                .map(Series::labels)
                .toList();
    }

    private void line(String line) {
        if (!line.startsWith("#")) {
            sample(line);
            return;
        }
        Matcher meta = META.matcher(line);
        assertThat(meta.matches()).as(line).isTrue();
        enter(meta.group(2));
        if (meta.group(1).equals("TYPE")) {
            assertThat(TYPES).as(line).contains(meta.group(3));
            assertThat(types.put(family, meta.group(3)))
                    .as("an earlier TYPE: %s", line)
                    .isNull();
        }
    }

    private void enter(String name) {
        if (!family.equals(name)) {
            finished.add(family);
            assertThat(finished).as("a family stands in one piece").doesNotContain(name);
            family = name;
        }
    }

    private void sample(String line) {
        Matcher sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as(line).isTrue();
        String type = types.getOrDefault(family, "none");
        assertThat(SUFFIXES.getOrDefault(type, List.of()).stream().map(suffix -> family + suffix))
                .as("a sample below its TYPE: %s", line)
                .contains(sample.group(1));
        double value = number(sample.group(3));
        boolean counts = type.equals("counter") || sample.group(1).endsWith("_count");
        assertThat(counts && !(value >= 0)).as(line).isFalse();
        Series series = new Series(sample.group(1), labels(line, sample.group(2)));
        assertThat(values.put(series, value))
                .as("a series stands once: %s", line)
                .isNull();
    }

    private static Map<String, String> labels(String line, @Nullable String text) {
        Map<String, String> labels = new TreeMap<>();
        int at = 0;
        Matcher label = LABEL.matcher(text == null ? "" : text);
        while (text != null && at < text.length()) {
            assertThat(label.find(at) && label.start() == at).as(line).isTrue();
            assertThat(labels.put(label.group(1), label.group(2))).as(line).isNull();
            at = label.end();
        }
        return labels;
    }

    private static double number(String text) {
        return switch (text) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            case "NaN" -> Double.NaN;
            default -> Double.parseDouble(text);
        };
    }

    private void checkHistograms() {
        types.forEach((name, type) -> {
            if (type.equals("histogram")) {
                labels(name + "_count").forEach(labels -> checkBuckets(name, labels));
            }
        });
    }

    private void checkBuckets(String name, Map<String, String> labels) {
        TreeMap<Double, Double> buckets = new TreeMap<>();
        values.forEach((series, value) -> {
            Map<String, String> rest = new TreeMap<>(series.labels());
            String le = rest.remove("le");
            if (series.name().equals(name + "_bucket") && le != null && rest.equals(labels)) {
                buckets.put(number(le), value);
            }
        });
        assertThat(List.copyOf(buckets.values()))
                .as("buckets of %s add up", name)
                .isSorted();
        assertThat(buckets.get(Double.POSITIVE_INFINITY))
                .as("the last bucket of %s", name)
                .isEqualTo(values.get(new Series(name + "_count", labels)));
    }
}
