package dev.listenkeyd.access;

import io.vertx.core.http.HttpClosedException;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;

/**
 * Calls that fail before they reach a resource, by their caller's doing: they get a problem like any other, and no line in
 * the log, which who calls could fill. What the HTTP parser itself refuses stays a bare status: there is no call then.
 */
@ApplicationScoped
public class MalformedRequests {
    private static final String INVALID_REQUEST = ApiGuard.INVALID_REQUEST;

    void watch(@Observes Router routes) {
        routes.route().order(Integer.MIN_VALUE).failureHandler(MalformedRequests::failed);
    }

    private static void failed(RoutingContext call) {
        if (!isCallersDoing(call)) {
            call.next();
        } else if (!call.response().headWritten() && !call.response().closed()) {
            problem(call.statusCode()).send(call);
        }
    }

    private static boolean isCallersDoing(RoutingContext call) {
        boolean refused = call.statusCode() >= 400 && call.statusCode() < 500;
        // The end of the connection, by whoever called.
        boolean ended = call.failure() instanceof IOException || call.failure() instanceof HttpClosedException;
        return refused || ended || RequestBodies.isReading(call);
    }

    private static Problem problem(int status) {
        return switch (status) {
            case 404 -> Problem.noResource();
            case 408 -> Problem.of(408, INVALID_REQUEST, "the body took too long to come");
            case 413 -> ApiGuard.tooLarge();
            case 417 -> Problem.of(417, INVALID_REQUEST, "Expect: only 100-continue is known");
            default -> Problem.of(400, INVALID_REQUEST, "the request line, the Host or the body is malformed");
        };
    }
}
