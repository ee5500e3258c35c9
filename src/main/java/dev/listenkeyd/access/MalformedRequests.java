package dev.listenkeyd.access;

import io.vertx.core.http.HttpClosedException;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;

/**
 * Answers malformed calls that reach no resource with a problem, and without a line in the log, which callers could fill.
 * The HTTP parser answers with a bare status when it finds no call at all.
 */
@ApplicationScoped
public class MalformedRequests {
    private static final String INVALID_REQUEST = ApiGuard.INVALID_REQUEST;

    void watch(@Observes Router routes) {
        routes.route().order(Integer.MIN_VALUE).failureHandler(MalformedRequests::failed);
    }

    private static void failed(RoutingContext call) {
        if (!isCallersFault(call)) {
            call.next();
        } else if (!call.response().headWritten() && !call.response().closed()) {
            problem(call.statusCode()).send(call);
        }
    }

    private static boolean isCallersFault(RoutingContext call) {
        boolean refused = call.statusCode() >= 400 && call.statusCode() < 500;
        boolean disconnected = call.failure() instanceof IOException || call.failure() instanceof HttpClosedException;
        return refused || disconnected || RequestBodies.isReading(call);
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
