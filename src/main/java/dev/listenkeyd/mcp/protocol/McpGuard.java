package dev.listenkeyd.mcp.protocol;

import dev.listenkeyd.access.Problem;
import dev.listenkeyd.mcp.calls.AgentSessions;
import dev.listenkeyd.mcp.calls.ConcurrencyLimit;
import io.quarkiverse.mcp.server.JsonRpcErrorCodes;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.impl.RoutingContextInternal;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Lets only single, valid JSON-RPC messages reach the library, each from the client that owns the session. Batches, streams
 * that stay open and sessions without initialize are refused.
 */
@ApplicationScoped
class McpGuard {
    private static final String ENDPOINT = "/mcp";
    private static final String SESSION = "Mcp-Session-Id";
    private static final String VERSION = "Mcp-Protocol-Version";

    /** The priority of a filter that runs once the body is read. */
    private static final int AFTER_BODY = 40;

    private final AgentSessions sessions;
    private final ConcurrencyLimit running;

    McpGuard(AgentSessions sessions, ConcurrencyLimit running) {
        this.sessions = sessions;
        this.running = running;
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
            // The server offers no stream of its own, which the specification permits.
            call.response().putHeader(HttpHeaders.ALLOW, "POST, DELETE");
            Problem.of(405, "invalid-request", "this method is not allowed here")
                    .send(call);
        }
    }

    private void post(RoutingContext call) {
        McpMessage message = McpMessage.read(call.body().buffer());
        String session = call.request().getHeader(SESSION);
        if (message == null) {
            refuse(call, "one JSON-RPC 2.0 message is expected, and no batch");
        } else if (!message.isServed()) {
            // Not a 4xx: clients of later versions try newer methods first, and go on after this answer.
            JsonObject error = error(JsonRpcErrorCodes.METHOD_NOT_FOUND, "no such method");
            answer(call, 200, reply(message.id()).put("error", error));
        } else if (message.method().equals(McpMessage.INITIALIZE) == (session != null)) {
            refuse(call, "initialize must begin a session, and only that");
        } else if (session == null) {
            initialize(call, message);
        } else if (sessions.isOf(client(call), session)) {
            inSession(call, message, session);
        } else {
            noSession(call);
        }
    }

    private void initialize(RoutingContext call, McpMessage message) {
        String client = client(call);
        call.addHeadersEndHandler(headers -> {
            String opened = call.response().headers().get(SESSION);
            if (opened != null) {
                sessions.opened(client, opened);
            }
        });
        // The message negotiates the version. A header with an unsupported one would make the library lose the session.
        call.request().headers().remove(VERSION);
        forward(call, message);
    }

    private void inSession(RoutingContext call, McpMessage message, String session) {
        if (message.isForLibrary()) {
            forward(call, message);
        } else if (message.id() == null) {
            if (message.method().equals(McpMessage.CANCELLED)) {
                running.cancel(session, message.params().getValue("requestId"));
            }
            call.response().setStatusCode(202).end().onFailure(gone -> {});
        } else {
            // logging/setLevel: the server sends no log to agents.
            answer(call, 200, reply(message.id()).put("result", new JsonObject()));
        }
    }

    private static void forward(RoutingContext call, McpMessage message) {
        JsonObject rebuilt = message.forLibrary();
        if (rebuilt == null) {
            JsonObject error = error(JsonRpcErrorCodes.INVALID_PARAMS, "params are not valid");
            answer(call, 400, reply(message.id()).put("error", error));
            return;
        }
        // All answers are JSON, whatever else the client accepts.
        call.request().headers().set(HttpHeaders.ACCEPT, "application/json, text/event-stream");
        ((RoutingContextInternal) call).setBody(rebuilt.toBuffer());
        call.next();
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

    private static void noSession(RoutingContext call) {
        Problem.of(404, "not-found", "no such session; begin a new one with initialize")
                .send(call);
    }

    private static void refuse(RoutingContext call, String sentence) {
        JsonObject error = error(JsonRpcErrorCodes.INVALID_REQUEST, sentence);
        answer(call, 400, reply(null).put("error", error));
    }

    private static JsonObject reply(@Nullable Object id) {
        return JsonObject.of("jsonrpc", "2.0", "id", id);
    }

    private static JsonObject error(int code, String sentence) {
        return JsonObject.of("code", code, "message", sentence);
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
