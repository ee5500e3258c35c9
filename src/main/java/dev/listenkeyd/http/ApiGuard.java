package dev.listenkeyd.http;

import io.vertx.core.http.HttpServerRequest;
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
        String host = hostName(request.getHeader("Host"));
        if (!LOCAL.contains(host) && !hosts.contains(host)) {
            return Problem.response(403, "forbidden", "Host is not a name of this machine; see LISTENKEYD_API_HOSTS");
        }
        String site = request.getHeader("Sec-Fetch-Site");
        if (request.getHeader("Origin") != null || (site != null && !SAME_SITE.contains(site))) {
            return Problem.response(403, "forbidden", "calls from web pages are refused");
        }
        return context.getLength() > MAX_BODY_BYTES ? tooLarge() : null;
    }

    /** For bodies that came without a length. */
    static boolean isTooLarge(byte[] body) {
        return body.length > MAX_BODY_BYTES;
    }

    static Response tooLarge() {
        return Problem.response(413, "too-large", "a body must not exceed " + MAX_BODY_BYTES + " bytes");
    }

    private static String hostName(@Nullable String header) {
        String host = header == null ? "" : header.toLowerCase(Locale.ROOT);
        int port = host.lastIndexOf(':');
        return port > host.lastIndexOf(']') ? host.substring(0, port) : host;
    }
}
