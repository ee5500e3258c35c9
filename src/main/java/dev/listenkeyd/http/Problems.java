package dev.listenkeyd.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import dev.listenkeyd.access.Problem;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.CharConversionException;
import java.nio.channels.ClosedChannelException;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Maps every error of the API to a problem. An internal error shows nothing of the program. */
final class Problems {
    private static final Logger LOG = Logger.getLogger("listenkeyd.http");
    static final String INVALID_REQUEST = "invalid-request";
    private static final String INTERNAL_ERROR = "internal-error";

    /** Resources with other methods than GET; a test compares them with the OpenAPI document. */
    private static final Map<Pattern, String> WRITTEN = Map.of(
            Pattern.compile("/v1/listen-keys/?"), "GET, HEAD, POST",
            Pattern.compile("/v1/listen-keys/[^/]+/?"), "GET, HEAD, DELETE",
            Pattern.compile("/v1/listen-keys/[^/]+/renew/?"), "POST",
            Pattern.compile("/v1/listen-keys/[^/]+/pause/?"), "POST, DELETE",
            Pattern.compile("/v1/approvals/[^/]+/?"), "POST",
            Pattern.compile("/v1/what-if/?"), "POST",
            Pattern.compile("/v1/gate/pause/?"), "DELETE",
            Pattern.compile("/v1/webhooks/[^/]+/test/?"), "POST",
            Pattern.compile("/sandbox/faults/?"), "GET, HEAD, POST, DELETE",
            Pattern.compile("/sandbox/eapi/v1/listenKey/?"), "POST, PUT, DELETE");

    @ServerExceptionMapper
    Response refused(LeaseRefused refused) {
        int status = switch (refused.refusal()) {
            case INVALID_REQUEST -> 400;
            case NOT_FOUND -> 404;
            case FORBIDDEN -> 403;
            case API_KEY_DIFFERS, ANOTHER_KEY_ACTIVE, HOLDERS_REMAIN, LOST, PENDING, PAUSED -> 409;
            case ACCOUNT_UNKNOWN, CREDENTIALS_REFUSED, NO_ACTIVE_KEY -> 422;
            case UPSTREAM_UNAVAILABLE, STORE_UNAVAILABLE, FULL, BUSY -> 503;
        };
        Response problem = Problem.response(status, refused.code(), refused.detail());
        return refused.refusal() == Refusal.BUSY
                ? Response.fromResponse(problem)
                        .header(HttpHeaders.RETRY_AFTER, 1)
                        .build()
                : problem;
    }

    /** The code of the problem that this becomes. */
    static String code(Throwable thrown) {
        Throwable cause =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        return cause instanceof LeaseRefused refused ? refused.code() : INTERNAL_ERROR;
    }

    @ServerExceptionMapper
    Response completed(CompletionException wrapped) {
        return wrapped.getCause() instanceof LeaseRefused refused ? refused(refused) : internalError(wrapped);
    }

    @ServerExceptionMapper({MismatchedInputException.class, JsonProcessingException.class, CharConversionException.class
    })
    Response unreadable(Exception unreadable) {
        // The message of the exception quotes the body, so it is not shown.
        return Problem.response(400, INVALID_REQUEST, "body: not valid JSON, or a member has the wrong type");
    }

    @ServerExceptionMapper
    Response rejected(WebApplicationException rejected, UriInfo call) {
        int status = rejected.getResponse().getStatus();
        return switch (status) {
            case 404 -> Problem.noResource().response();
            case 405 ->
                Response.fromResponse(Problem.response(405, INVALID_REQUEST, "this method is not allowed here"))
                        .header(HttpHeaders.ALLOW, allowed(call.getPath()))
                        .build();
            case 406 -> Problem.response(406, INVALID_REQUEST, "only application/json is served");
            case 415 -> Problem.response(415, INVALID_REQUEST, "Content-Type must be application/json");
            default ->
                status < 500 ? Problem.response(status, INVALID_REQUEST, "not accepted") : internalError(rejected);
        };
    }

    /** The methods for the Allow header of a 405 (RFC 9110); the router does not give them. */
    private static String allowed(String path) {
        return WRITTEN.entrySet().stream()
                .filter(methods -> methods.getKey().matcher(path).matches())
                .findFirst()
                .map(Map.Entry::getValue)
                .orElse("GET, HEAD");
    }

    /** The caller hung up: nobody reads the answer, and nothing is wrong here. */
    @ServerExceptionMapper
    Response hungUp(ClosedChannelException closed) {
        return Problem.response(500, "internal-error", "the connection was closed");
    }

    @ServerExceptionMapper
    Response internalError(Throwable thrown) {
        LOG.error("internal error in a request", thrown);
        return Problem.response(500, INTERNAL_ERROR, "internal error; the log of the daemon has the details");
    }
}
