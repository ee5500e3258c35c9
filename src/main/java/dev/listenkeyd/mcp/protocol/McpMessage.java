package dev.listenkeyd.mcp.protocol;

import dev.listenkeyd.mcp.calls.ToolNames;
import dev.listenkeyd.mcp.calls.UnknownTool;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One JSON-RPC message of an agent. The library trusts types, ids and metadata of messages, and keeps some of them. So it gets a
 * new message, made of the known members whose types are right.
 *
 * @param id of a request, null for a notification
 * @param params as they came
 */
record McpMessage(String method, @Nullable Object id, JsonObject params) {
    static final String INITIALIZE = "initialize";
    static final String SET_LEVEL = "logging/setLevel";
    static final String CANCELLED = "notifications/cancelled";

    private static final String CALL = "tools/call";
    private static final String INITIALIZED = "notifications/initialized";
    private static final String NOTIFICATIONS = "notifications/";
    private static final Set<String> REQUESTS = Set.of(INITIALIZE, "ping", "tools/list", CALL, SET_LEVEL);

    /** Characters of an id, a version or the name of a program. */
    private static final int MAX_LENGTH = 128;

    /** Null for a batch, for anything but JSON-RPC 2.0, and for a request without an id. */
    static @Nullable McpMessage read(@Nullable Buffer body) {
        Object json;
        try {
            json = body == null ? null : Json.decodeValue(body);
        } catch (DecodeException e) {
            return null;
        }
        if (!(json instanceof JsonObject message)
                || !"2.0".equals(message.getValue("jsonrpc"))
                || !(message.getValue("method") instanceof String method)) {
            return null;
        }
        Object id = message.getValue("id");
        Object params = Objects.requireNonNullElseGet(message.getValue("params"), JsonObject::new);
        boolean identified = method.startsWith(NOTIFICATIONS) ? !message.containsKey("id") : isId(id);
        return identified && params instanceof JsonObject object ? new McpMessage(method, id, object) : null;
    }

    static boolean isId(@Nullable Object id) {
        return id instanceof Integer || id instanceof Long || isText(id);
    }

    boolean isServed() {
        return id == null || REQUESTS.contains(method);
    }

    /** Whether the library answers it; the guard answers all other messages. */
    boolean isForLibrary() {
        return id == null ? method.equals(INITIALIZED) : !method.equals(SET_LEVEL);
    }

    /** The message for the library, null when its params are not valid. */
    @Nullable
    JsonObject forLibrary() {
        JsonObject message = JsonObject.of("jsonrpc", "2.0", "method", method);
        if (id == null) {
            return message;
        }
        JsonObject known = method.equals(INITIALIZE) ? initialize() : method.equals(CALL) ? call() : new JsonObject();
        return known == null ? null : message.put("id", id).put("params", known);
    }

    private @Nullable JsonObject initialize() {
        Object version = params.getValue("protocolVersion");
        if (!isText(version) || !(params.getValue("clientInfo") instanceof JsonObject client)) {
            return null;
        }
        Object name = client.getValue("name");
        Object itsVersion = client.getValue("version");
        if (!isText(name) || !isText(itsVersion)) {
            return null;
        }
        // No capabilities: using them needs a stream, which the server does not offer.
        return JsonObject.of(
                "protocolVersion",
                version,
                "capabilities",
                new JsonObject(),
                "clientInfo",
                JsonObject.of("name", name, "version", itsVersion));
    }

    /** Removes arguments that are null, since these are not given. A call of an unknown tool goes to {@link UnknownTool}. */
    private @Nullable JsonObject call() {
        Object given = Objects.requireNonNullElseGet(params.getValue("arguments"), JsonObject::new);
        if (!(params.getValue("name") instanceof String name) || !(given instanceof JsonObject arguments)) {
            return null;
        }
        if (!ToolNames.ALL.contains(name)) {
            return JsonObject.of("name", ToolNames.UNKNOWN, "arguments", JsonObject.of(UnknownTool.CALLED, name));
        }
        arguments.getMap().values().removeIf(Objects::isNull);
        return JsonObject.of("name", name, "arguments", arguments);
    }

    private static boolean isText(@Nullable Object value) {
        return value instanceof String text && !text.isEmpty() && text.length() <= MAX_LENGTH;
    }

    @Override
    public String toString() {
        return "McpMessage[" + (isServed() ? method : "(unknown)") + "]";
    }
}
