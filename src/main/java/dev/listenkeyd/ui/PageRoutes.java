package dev.listenkeyd.ui;

import dev.listenkeyd.access.Problem;
import dev.listenkeyd.ui.PageFiles.PageFile;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Serves the page, which holds no secret and needs no token, and leads browsers there from the root. */
@ApplicationScoped
public class PageRoutes {
    private static final String ROOT = "/ui/";
    private static final Set<HttpMethod> READING = Set.of(HttpMethod.GET, HttpMethod.HEAD);

    /** One type of an Accept header, unless its weight is 0. */
    private static final Pattern HTML = Pattern.compile("(?i)\\s*text/html\\s*(?:;(?!.*q=0(?:\\.0*)?\\s*(?:;|$)).*)?");

    /** Quarkus authenticates at 200, and the guard of the API checks the Host at 1000. */
    private static final int AFTER_THE_GUARD = 900;

    /**
     * Nothing but our own files, no inline script or style, no frame around the page. A text can't become markup: browsers
     * that know trusted types refuse that, too.
     */
    private static final String CONTENT_SECURITY_POLICY = "default-src 'self'; script-src 'self'; style-src 'self';"
            + " img-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none';"
            + " frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    /** On every answer below {@value #ROOT}. */
    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy", CONTENT_SECURITY_POLICY,
            "X-Content-Type-Options", "nosniff",
            "X-Frame-Options", "DENY",
            "Referrer-Policy", "no-referrer",
            "Cross-Origin-Opener-Policy", "same-origin",
            "Cross-Origin-Resource-Policy", "same-origin",
            // A browser asks each time whether its copy is still the newest, so a new version shows at once.
            "Cache-Control", "no-cache");

    private final PageFiles files;

    PageRoutes(PageFiles files) {
        this.files = files;
    }

    void lead(@Observes Filters filters) {
        filters.register(PageRoutes::fromRoot, AFTER_THE_GUARD);
    }

    void route(@Observes Router routes) {
        // It also takes /ui, without the slash.
        routes.route(ROOT + "*").handler(this::serve);
    }

    /** Programs get at the root what they get at every unknown address. */
    private static void fromRoot(RoutingContext call) {
        if (call.request().path().equals("/") && READING.contains(call.request().method()) && takesHtml(call)) {
            call.response().putHeader(HttpHeaders.VARY, "Accept");
            toPage(call);
        } else {
            call.next();
        }
    }

    /** Whether it asks for HTML by name, as browsers do; other programs say that they take anything. */
    private static boolean takesHtml(RoutingContext call) {
        String accept = call.request().getHeader(HttpHeaders.ACCEPT);
        return accept != null
                && Arrays.stream(accept.split(",", -1))
                        .anyMatch(type -> HTML.matcher(type).matches());
    }

    private static void toPage(RoutingContext call) {
        call.response().setStatusCode(303).putHeader(HttpHeaders.LOCATION, ROOT).end();
    }

    private void serve(RoutingContext call) {
        HttpServerResponse response = call.response();
        HEADERS.forEach(response::putHeader);
        if (!READING.contains(call.request().method())) {
            response.putHeader(HttpHeaders.ALLOW, "GET, HEAD");
            Problem.of(405, "invalid-request", "this method is not allowed here")
                    .send(call);
            return;
        }
        String path = call.normalizedPath();
        if (path.length() < ROOT.length()) {
            toPage(call);
            return;
        }
        String name = path.substring(ROOT.length());
        PageFile file = files.find(name.isEmpty() ? PageFiles.INDEX : name);
        if (file == null) {
            Problem.noResource().send(call);
        } else {
            send(call, file);
        }
    }

    private static void send(RoutingContext call, PageFile file) {
        HttpServerResponse response = call.response();
        response.putHeader(HttpHeaders.ETAG, file.etag());
        if (file.etag().equals(call.request().getHeader(HttpHeaders.IF_NONE_MATCH))) {
            response.setStatusCode(304).end();
            return;
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, file.type());
        if (call.request().method().equals(HttpMethod.HEAD)) {
            response.putHeader(
                    HttpHeaders.CONTENT_LENGTH, Integer.toString(file.content().length()));
            response.end();
        } else {
            response.end(file.content());
        }
    }
}
