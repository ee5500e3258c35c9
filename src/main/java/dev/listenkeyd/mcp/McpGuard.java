package dev.listenkeyd.mcp;

import dev.listenkeyd.access.Problem;
import io.quarkiverse.mcp.server.JsonRpcErrorCodes;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.impl.RoutingContextInternal;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What reaches the library is one sound JSON-RPC message of the client whose session it is: no batches, no streams that stay
 * open, no sessions made in passing.
 */
@ApplicationScoped
class McpGuard {
    private static final String ENDPOINT = "/mcp";
    private static final String SESSION = "Mcp-Session-Id";

    /** Below the reading of bodies. */
    private static final int AFTER_BODY = 40;

    private static final Set<String> METHODS =
            Set.of("initialize", "ping", "tools/list", "tools/call", "logging/setLevel");
    private static final String NOTIFICATIONS = "notifications/";

    private final AgentSessions sessions;

    McpGuard(AgentSessions sessions) {
        this.sessions = sessions;
    }

    void guard(@Observes Filters routes) {
        routes.register(this::check, AFTER_BODY);
    }

    private void check(RoutingContext call) {
        String path = call.normalizedPath();
        if (!path.equals(ENDPOINT) && !path.startsWith(ENDPOINT + "/")) {
            call.next();
        } else if (!path.equals(ENDPOINT)) {
            Problem.of(404, "not-found", "no such resource").send(call);
        } else if (HttpMethod.POST.equals(call.request().method())) {
            post(call);
        } else if (HttpMethod.DELETE.equals(call.request().method())) {
            end(call);
        } else {
            // A server may offer no stream of its own; clients must do without.
            call.response().putHeader(HttpHeaders.ALLOW, "POST, DELETE");
            Problem.of(405, "invalid-request", "this method is not allowed here")
                    .send(call);
        }
    }

    private void post(RoutingContext call) {
        JsonObject message = message(call);
        String session = call.request().getHeader(SESSION);
        if (message == null) {
            refuse(call, "one JSON-RPC 2.0 message is expected, and no batch");
        } else if (!isKnown(message)) {
            // Not with a 4xx: clients of later versions ask for what they know, and go on when it is answered.
            answer(call, 200, error(message.getValue("id"), JsonRpcErrorCodes.METHOD_NOT_FOUND, "no such method"));
        } else if (session != null) {
            pass(call, session);
        } else if ("initialize".equals(message.getValue("method"))) {
            String client = client(call);
            call.addHeadersEndHandler(headers -> {
                String opened = call.response().headers().get(SESSION);
                if (opened != null) {
                    sessions.opened(client, opened);
                }
            });
            call.next();
        } else {
            refuse(call, "a session begins with initialize");
        }
    }

    private void end(RoutingContext call) {
        String session = Objects.requireNonNullElse(call.request().getHeader(SESSION), "");
        if (sessions.isOf(client(call), session)) {
            sessions.ended(client(call), session);
            call.next();
        } else {
            noSession(call);
        }
    }

    private void pass(RoutingContext call, String session) {
        if (sessions.isOf(client(call), session)) {
            call.next();
        } else {
            noSession(call);
        }
    }

    private static void noSession(RoutingContext call) {
        Problem.of(404, "not-found", "no such session; begin anew with initialize")
                .send(call);
    }

    /** The message, or null when it is none that the library would take without stumbling. */
    private static @Nullable JsonObject message(RoutingContext call) {
        Object json;
        try {
            json = Json.decodeValue(call.body().buffer());
        } catch (DecodeException e) {
            return null;
        }
        if (!(json instanceof JsonObject message)
                || !"2.0".equals(message.getValue("jsonrpc"))
                || !(message.getValue("method") instanceof String)
                || !isId(message.getValue("id"))) {
            return null;
        }
        Object params = message.getValue("params");
        if (params == null) {
            return message;
        }
        if (!(params instanceof JsonObject object) || !hasSoundArguments(object)) {
            return null;
        }
        if (message.getString("method").equals("tools/call") && !namesTool(object)) {
            return null;
        }
        ((RoutingContextInternal) call).setBody(Buffer.buffer(message.encode()));
        return message;
    }

    private static boolean isId(@Nullable Object id) {
        return id == null || id instanceof String || id instanceof Integer || id instanceof Long;
    }

    /** Takes out arguments that are null: such a one is not given, which the library does not know. */
    private static boolean hasSoundArguments(JsonObject params) {
        Object arguments = params.getValue("arguments");
        if (arguments instanceof JsonObject object) {
            object.getMap().values().removeIf(Objects::isNull);
            return true;
        }
        return arguments == null;
    }

    /** Leads calls of tools that there are not to {@link UnknownTool}. */
    private static boolean namesTool(JsonObject params) {
        if (!(params.getValue("name") instanceof String name)) {
            return false;
        }
        if (!ToolNames.ALL.contains(name)) {
            params.put("name", ToolNames.UNKNOWN).put("arguments", JsonObject.of(UnknownTool.CALLED, name));
        }
        return true;
    }

    private static boolean isKnown(JsonObject message) {
        String method = message.getString("method");
        return METHODS.contains(method) || method.startsWith(NOTIFICATIONS);
    }

    private static void refuse(RoutingContext call, String sentence) {
        answer(call, 400, error(null, JsonRpcErrorCodes.INVALID_REQUEST, sentence));
    }

    private static JsonObject error(@Nullable Object id, int code, String sentence) {
        return JsonObject.of("jsonrpc", "2.0", "id", id, "error", JsonObject.of("code", code, "message", sentence));
    }

    private static void answer(RoutingContext call, int status, JsonObject message) {
        call.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(message.encode())
                .onFailure(gone -> {});
    }

    private static String client(RoutingContext call) {
        return ((QuarkusHttpUser) call.user())
                .getSecurityIdentity()
                .getPrincipal()
                .getName();
    }
}
