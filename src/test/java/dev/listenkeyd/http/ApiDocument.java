package dev.listenkeyd.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.listenkeyd.http.RawCall.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The description of the API that the daemon serves, as something to judge answers by. */
final class ApiDocument {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> METHODS = List.of("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS");
    private static final String NO_BODY = "";

    private final JsonNode root;
    private final Map<JsonNode, Schema> schemas = new HashMap<>();

    /** @param path with its placeholders */
    record Operation(String method, String path) {
        @Override
        public String toString() {
            return method + " " + path;
        }

        boolean matches(String method, String path) {
            // Dots alone are a step in the path, not a name.
            String name = "(?![.]{1,2}(/|$))[A-Za-z0-9._~-]+";
            String pattern =
                    Pattern.quote(this.path).replaceAll("\\{[^}]+}", Matcher.quoteReplacement("\\E" + name + "\\Q"));
            return this.method.equals(method) && path.matches(pattern);
        }
    }

    private ApiDocument(JsonNode root) {
        this.root = root;
    }

    static ApiDocument read() {
        try {
            JsonNode root = JSON.readTree(ApiClient.given()
                    .queryParam("format", "json")
                    .get("/q/openapi")
                    .asString());
            // An answer must not hold more than is described; who calls us has to live with more.
            for (JsonNode schema : root.at("/components/schemas")) {
                if (schema.has("properties")) {
                    ((ObjectNode) schema).put("additionalProperties", false);
                }
            }
            return new ApiDocument(root);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<Operation> operations() {
        List<Operation> found = new ArrayList<>();
        root.get("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(call -> {
                    String method = call.getKey().toUpperCase(Locale.ROOT);
                    if (METHODS.contains(method)) {
                        found.add(new Operation(method, path.getKey()));
                    }
                }));
        return found;
    }

    /** What a call means, as far as it stands there letter by letter. */
    @Nullable
    Operation find(String method, String path) {
        return operations().stream()
                .filter(operation -> operation.matches(method, path))
                .findFirst()
                .orElse(null);
    }

    Set<Integer> statuses(Operation operation) {
        Set<Integer> statuses = new TreeSet<>();
        answers(operation).fieldNames().forEachRemaining(status -> statuses.add(Integer.parseInt(status)));
        return statuses;
    }

    /** Names of its query parameters. */
    List<String> queries(Operation operation) {
        List<String> names = new ArrayList<>();
        for (JsonNode parameter : at(operation).path("parameters")) {
            if (parameter.path("in").asText().equals("query")) {
                names.add(parameter.path("name").asText());
            }
        }
        return names;
    }

    List<String> scopes(Operation operation) {
        List<String> scopes = new ArrayList<>();
        at(operation).path("security").forEach(one -> one.path("token").forEach(scope -> scopes.add(scope.asText())));
        return scopes;
    }

    /** Asserts that its status, its type and its body are among what is documented. */
    void check(Operation operation, Answer answer) {
        assertThat(statuses(operation)).as("%s: %s", operation, answer).contains(answer.status());
        JsonNode content =
                answers(operation).path(Integer.toString(answer.status())).path("content");
        String type = answer.header("content-type").split(";", 2)[0];
        if (content.isEmpty()) {
            assertThat(answer.body()).as("%s: %s", operation, answer).isEqualTo(NO_BODY);
            return;
        }
        assertThat(content.properties())
                .as("%s %s", operation, answer)
                .anyMatch(described -> described.getKey().equals(type));
        if (type.equals("text/event-stream")) {
            return;
        }
        JsonNode schema = content.path(type).path("schema");
        assertThat(schema).as("schema of %s %s", operation, answer.status()).isNotEmpty();
        assertThat(schema(schema).validate(answer.body(), InputFormat.JSON))
                .as("%s: %s", operation, answer)
                .isEmpty();
    }

    private Schema schema(JsonNode schema) {
        return schemas.computeIfAbsent(schema, described -> {
            ObjectNode whole = ((ObjectNode) described).deepCopy();
            whole.set("components", root.get("components"));
            return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                    .getSchema(whole);
        });
    }

    private JsonNode answers(Operation operation) {
        return at(operation).path("responses");
    }

    private JsonNode at(Operation operation) {
        return root.path("paths").path(operation.path()).path(operation.method().toLowerCase(Locale.ROOT));
    }
}
