package dev.listenkeyd.mcp;

import io.vertx.core.json.JsonObject;

/** JSON schemas of tools. */
final class Schemas {
    private Schemas() {}

    static JsonObject object(JsonObject properties) {
        return new JsonObject()
                .put("type", "object")
                .put("properties", properties)
                .put("additionalProperties", false);
    }

    static JsonObject text(String description) {
        return new JsonObject().put("type", "string").put("description", description);
    }
}
