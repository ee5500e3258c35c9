package dev.listenkeyd.access;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/**
 * Refuses calls of foreign web pages and malformed calls, on every route and before authentication. While the API is open the
 * Host must be a name of this machine, against DNS rebinding. With clients any Host will do: a foreign page has no token.
 */
@ApplicationScoped
public class ApiGuard {
    static final String INVALID_REQUEST = "invalid-request";
    static final int MAX_BODY_BYTES = 16 * 1024;

    /** Probes, metrics and the description. Quarkus would answer every method there. */
    private static final String READ_ONLY = "/q/";

    private static final Set<HttpMethod> READING = Set.of(HttpMethod.GET, HttpMethod.HEAD);
    private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1", "[::1]");

    private static final int NO_PORT = -1;

    /** Filters of higher priority run first; Quarkus authenticates at 200. */
    private static final int BEFORE_AUTHENTICATION = 1000;

    /** Quarkus authorizes at 100; bodies are read at 50. */
    private static final int AFTER_AUTHORIZATION = 60;

    private final Clients clients;
    private final Set<String> hosts;

    ApiGuard(Clients clients, @ConfigProperty(name = "listenkeyd.api.hosts") Optional<Set<String>> hosts) {
        this.clients = clients;
        this.hosts = hosts.orElse(Set.of()).stream()
                .map(host -> host.toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
    }

    void guard(@Observes Filters routes) {
        routes.register(this::check, BEFORE_AUTHENTICATION);
        routes.register(ApiGuard::onlyRead, AFTER_AUTHORIZATION);
    }

    private void check(RoutingContext call) {
        Problem problem = problem(call);
        if (problem == null) {
            call.next();
        } else {
            problem.send(call);
        }
    }

    private static void onlyRead(RoutingContext call) {
        HttpServerRequest request = call.request();
        if (call.normalizedPath().startsWith(READ_ONLY) && !READING.contains(request.method())) {
            request.response().putHeader(HttpHeaders.ALLOW, "GET, HEAD");
            Problem.of(405, INVALID_REQUEST, "this method is not allowed here").send(call);
        } else {
            call.next();
        }
    }

    private @Nullable Problem problem(RoutingContext call) {
        HttpServerRequest request = call.request();
        // Not X-Forwarded-Host, which any page can set.
        String header = request.getHeader(HttpHeaders.HOST);
        HostAndPort authority = header == null ? null : HostAndPort.parseAuthority(header, NO_PORT);
        String host = authority == null ? "" : authority.host().toLowerCase(Locale.ROOT);
        if (clients.isOpen() && !LOCAL.contains(host) && !hosts.contains(host)) {
            return Problem.of(403, "forbidden", "Host is not a name of this machine; see LISTENKEYD_API_HOSTS");
        }
        if (isAmbiguous(request)) {
            return Problem.of(400, INVALID_REQUEST, "one Host, and no Transfer-Encoding but chunked, is understood");
        }
        if (RequestOrigin.isForeign(call)) {
            return Problem.of(403, "forbidden", "calls from web pages are refused, but those of the daemon's own page");
        }
        if (hasBody(request) && !isJson(request)) {
            return notJson();
        }
        return length(request) > MAX_BODY_BYTES ? tooLarge() : null;
    }

    /** Whether two programs could read it as two different calls. */
    private static boolean isAmbiguous(HttpServerRequest request) {
        String coding = request.getHeader(HttpHeaders.TRANSFER_ENCODING);
        return request.headers().getAll(HttpHeaders.HOST).size() > 1
                || (coding != null && !coding.equalsIgnoreCase("chunked"));
    }

    private static boolean hasBody(HttpServerRequest request) {
        return length(request) > 0 || request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null;
    }

    /** Whether the length of its body is known and within the bound. */
    static boolean isSmall(HttpServerRequest request) {
        return request.getHeader(HttpHeaders.CONTENT_LENGTH) != null && length(request) <= MAX_BODY_BYTES;
    }

    private static long length(HttpServerRequest request) {
        try {
            String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
            return length == null ? 0 : Long.parseLong(length.strip());
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    /** To another site a page can send bodies without a type and forms, but no JSON. */
    private static boolean isJson(HttpServerRequest request) {
        String contentType = request.getHeader(HttpHeaders.CONTENT_TYPE);
        String type = contentType == null ? "" : contentType.toLowerCase(Locale.ROOT);
        return type.split(";", 2)[0].strip().equals("application/json");
    }

    private static Problem notJson() {
        return Problem.of(415, INVALID_REQUEST, "Content-Type must be application/json");
    }

    static Problem tooLarge() {
        return Problem.of(413, "too-large", "a body must not exceed " + MAX_BODY_BYTES + " bytes");
    }
}
