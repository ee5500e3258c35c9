package dev.listenkeyd.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.listenkeyd.encoding.StrictJson;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Bodies that are one JSON object and nothing more, each member once. Complaints repeat nothing of them. */
final class JsonBody {
    private JsonBody() {}

    /** @throws LeaseRefused when it is something else */
    static JsonNode object(byte[] body) {
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

    /**
     * The members of an object: strings, numbers, lists and so on, as Java has them.
     *
     * @throws LeaseRefused when it is something else
     */
    static Map<String, Object> members(byte[] body) {
        return StrictJson.MAPPER.convertValue(object(body), new TypeReference<>() {});
    }

    /** A member that is true or false; false when there is none, or something else, which {@code wrong} is told then. */
    static boolean flag(JsonNode json, String member, List<String> wrong) {
        JsonNode value = json.get(member);
        if (value != null && !value.isNull() && !value.isBoolean()) {
            wrong.add(member + ": must be true or false");
        }
        return value != null && value.booleanValue();
    }

    /** A member that is a string; null when there is none, or something else, which {@code wrong} is told then. */
    static @Nullable String text(JsonNode json, String member, List<String> wrong) {
        JsonNode value = json.get(member);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            wrong.add(member + ": must be a string");
            return null;
        }
        return value.textValue();
    }
}
