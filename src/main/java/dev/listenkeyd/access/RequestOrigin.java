package dev.listenkeyd.access;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells the daemon's own page from foreign ones, by the headers that browsers set and no page can: {@code Origin} must name the
 * very host and port of {@code Host}. Its scheme may be https although the call came without TLS, since a proxy may have ended
 * TLS; a call that came over TLS needs https.
 */
final class RequestOrigin {
    private static final Set<String> SAME_SITE = Set.of("same-origin", "none");
    /** The root leads browsers to the page. */
    private static final Set<String> PAGE = Set.of("/", "/ui", "/ui/");

    private static final Pattern ORIGIN = Pattern.compile("(https?)://([^/?#@\\s]+)");
    private static final String HTTPS = "https";

    private RequestOrigin() {}

    /** Whether a page of another origin makes this call; one without these headers comes from a program. */
    static boolean isForeign(RoutingContext call) {
        HttpServerRequest request = call.request();
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null && !SAME_SITE.contains(site) && !followsLinkToPage(call)) {
            return true;
        }
        List<String> origins = request.headers().getAll(HttpHeaders.ORIGIN);
        return !origins.isEmpty() && (origins.size() > 1 || !isOwn(origins.get(0), request));
    }

    /** A person came by a link of another site, such as a dashboard. The page shows nothing to that site, not even in a frame. */
    private static boolean followsLinkToPage(RoutingContext call) {
        HttpServerRequest request = call.request();
        return request.method().equals(HttpMethod.GET)
                && PAGE.contains(call.normalizedPath())
                && "navigate".equals(request.getHeader("Sec-Fetch-Mode"))
                && "document".equals(request.getHeader("Sec-Fetch-Dest"));
    }

    private static boolean isOwn(String origin, HttpServerRequest request) {
        Matcher parts = ORIGIN.matcher(origin);
        String host = request.getHeader(HttpHeaders.HOST);
        if (host == null || !parts.matches()) {
            return false;
        }
        String scheme = parts.group(1);
        boolean schemeFits = !request.isSSL() || scheme.equals(HTTPS);
        return schemeFits && withPort(parts.group(2), scheme).equals(withPort(host, scheme));
    }

    /** Browsers leave out the port that the scheme implies; other programs on the way need not. */
    private static String withPort(String authority, String scheme) {
        String lower = authority.toLowerCase(Locale.ROOT);
        boolean named = lower.lastIndexOf(':') > lower.lastIndexOf(']');
        return named ? lower : lower + (scheme.equals(HTTPS) ? ":443" : ":80");
    }
}
