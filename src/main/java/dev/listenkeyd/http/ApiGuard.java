package dev.listenkeyd.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Response;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jspecify.annotations.Nullable;

/**
 * The open API serves programs of this machine, not web pages in its browser: the Host must be a name of this machine
 * (against DNS rebinding), and calls that a browser marks as coming from another site are refused.
 */
@ApplicationScoped
class ApiGuard {
    private static final int MAX_BODY_BYTES = 16 * 1024;
    private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1", "[::1]");
    private static final Set<String> SAME_SITE = Set.of("same-origin", "none");

    private final Set<String> hosts;

    ApiGuard(@ConfigProperty(name = "listenkeyd.api.hosts") Optional<Set<String>> hosts) {
        this.hosts = hosts.orElse(Set.of());
    }

    @ServerRequestFilter(preMatching = true)
    @Nullable
    Response check(ContainerRequestContext context, HttpServerRequest request) {
        // Of the Host header, or of :authority in HTTP/2, which many clients speak unasked.
        HostAndPort authority = request.authority();
        String host = authority == null ? "" : authority.host().toLowerCase(Locale.ROOT);
        if (!LOCAL.contains(host) && !hosts.contains(host)) {
            return Problem.response(403, "forbidden", "Host is not a name of this machine; see LISTENKEYD_API_HOSTS");
        }
        String site = request.getHeader("Sec-Fetch-Site");
        if (request.getHeader("Origin") != null || (site != null && !SAME_SITE.contains(site))) {
            return Problem.response(403, "forbidden", "calls from web pages are refused");
        }
        boolean hasBody = context.getLength() > 0 || request.getHeader("Transfer-Encoding") != null;
        if (hasBody && !isJson(request.getHeader("Content-Type"))) {
            return Problem.response(415, Problems.INVALID_REQUEST, "Content-Type must be application/json");
        }
        return context.getLength() > MAX_BODY_BYTES ? tooLarge() : null;
    }

    /** A page can send a body of no type, or of a form's types, to another site without asking; JSON it can't. */
    private static boolean isJson(@Nullable String contentType) {
        String type = contentType == null ? "" : contentType.toLowerCase(Locale.ROOT);
        return type.split(";", 2)[0].strip().equals("application/json");
    }

    /** For bodies that came without a length. */
    static boolean isTooLarge(byte[] body) {
        return body.length > MAX_BODY_BYTES;
    }

    static Response tooLarge() {
        return Problem.response(413, "too-large", "a body must not exceed " + MAX_BODY_BYTES + " bytes");
    }
}
