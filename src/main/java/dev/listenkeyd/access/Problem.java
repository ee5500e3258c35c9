package dev.listenkeyd.access;

import io.quarkus.runtime.annotations.RegisterForReflection;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Locale;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * An error body of RFC 9457.
 *
 * @param code a stable word for programs
 */
@RegisterForReflection
@Schema(
        name = "Problem",
        requiredProperties = {"type", "title", "status", "detail", "code"})
public record Problem(String type, String title, int status, String detail, String code) {
    public static final String MEDIA_TYPE = "application/problem+json";

    public static Problem of(int status, String code, String detail) {
        String title = code.substring(0, 1).toUpperCase(Locale.ROOT)
                + code.substring(1).replace('-', ' ');
        return new Problem("urn:listenkeyd:problem:" + code, title, status, detail, code);
    }

    /** For a path without a resource. */
    public static Problem noResource() {
        return of(
                404,
                "not-found",
                "no such resource; there are /ui/, /v1/..., /q/health, /q/metrics and, with all of it, /q/openapi");
    }

    public static Response response(int status, String code, String detail) {
        return of(status, code, detail).response();
    }

    public Response response() {
        return Response.status(status)
                .type(MediaType.valueOf(MEDIA_TYPE))
                .entity(this)
                .build();
    }

    /** Answers a call that reached no resource. */
    public void send(RoutingContext call) {
        String body = new JsonObject()
                        .put("type", type)
                        .put("title", title)
                        .put("status", status)
                        .put("detail", detail)
                        .put("code", code)
                        .encode()
                + "\n";
        HttpServerRequest request = call.request();
        boolean last = endsConnection(request);
        if (!request.isEnded()) {
            request.resume();
        }
        if (last) {
            call.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        Future<Void> sent = call.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, MEDIA_TYPE)
                .end(body);
        if (last) {
            sent.onComplete(done -> request.connection().close());
        }
    }

    /**
     * Whether the connection is closed after this answer. The rest of a small body is read, so that the connection can be
     * reused; a large one would take too long, and the end of a malformed call is unknown.
     */
    private boolean endsConnection(HttpServerRequest request) {
        return status == 400 || status == 408 || !(request.isEnded() || ApiGuard.isSmall(request));
    }
}
