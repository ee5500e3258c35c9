package dev.listenkeyd.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.listenkeyd.encoding.StrictJson;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.view.UnknownMembers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A body that must be one JSON object with these members, each at most once. All violations are collected, for {@link
 * #requireValid}; they repeat no value, since it may be a secret.
 */
final class JsonBody {
    private final JsonNode json;
    private final List<String> violations;

    /** @throws LeaseRefused when it is no JSON object */
    JsonBody(byte[] body, List<String> members) {
        json = object(body);
        violations =
                new ArrayList<>(UnknownMembers.unknown(json.propertyStream().map(Map.Entry::getKey), members));
    }

    /**
     * The members of an object: strings, numbers, lists and so on, as Java has them.
     *
     * @throws LeaseRefused when it is no JSON object
     */
    static Map<String, Object> members(byte[] body) {
        return StrictJson.MAPPER.convertValue(object(body), new TypeReference<>() {});
    }

    private static JsonNode object(byte[] body) {
        try {
            JsonNode json = StrictJson.MAPPER.readTree(body);
            if (json != null && json.isObject()) {
                return json;
            }
        } catch (JsonProcessingException e) {
            throw new LeaseRefused(Refusal.INVALID_REQUEST, "body: " + StrictJson.describe(e));
        } catch (IOException e) {
            throw new LeaseRefused(Refusal.INVALID_REQUEST, "body: not valid JSON");
        }
        throw new LeaseRefused(Refusal.INVALID_REQUEST, "body: must be a JSON object");
    }

    /** Whether the member is true; false when it is absent or invalid. */
    boolean flag(String member) {
        JsonNode value = json.get(member);
        if (value != null && !value.isNull() && !value.isBoolean()) {
            violation(member + ": must be true or false");
        }
        return value != null && value.booleanValue();
    }

    /** The string; null when it is absent or invalid. */
    @Nullable
    String text(String member) {
        JsonNode value = json.get(member);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            violation(member + ": must be a string");
            return null;
        }
        return value.textValue();
    }

    /** A string with this syntax; null when it is absent or invalid. */
    @Nullable
    String text(String member, Pattern syntax, String requirement) {
        String value = text(member);
        if (value != null && !syntax.matcher(value).matches()) {
            violation(member + ": must " + requirement);
            return null;
        }
        return value;
    }

    void requirePresent(String member) {
        if (!json.hasNonNull(member)) {
            violation(member + ": is missing");
        }
    }

    void violation(String sentence) {
        violations.add(sentence);
    }

    /** @throws LeaseRefused that lists all violations */
    void requireValid() {
        if (!violations.isEmpty()) {
            throw new LeaseRefused(Refusal.INVALID_REQUEST, String.join("; ", violations));
        }
    }
}
