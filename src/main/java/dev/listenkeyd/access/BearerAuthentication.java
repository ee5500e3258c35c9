package dev.listenkeyd.access;

import dev.listenkeyd.access.AuthFailures.Reason;
import dev.listenkeyd.connection.RequestTracker;
import dev.listenkeyd.connection.SourceAddress;
import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.runtime.QuarkusPrincipal;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.quarkus.vertx.http.security.HttpSecurity;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code Authorization: Bearer} for every route. While no client is configured, every caller is {@value #ANYBODY} and has
 * the scopes {@link Scope#OPEN}.
 */
@ApplicationScoped
public class BearerAuthentication implements HttpAuthenticationMechanism {
    /** The client's name of every call of an open API. */
    public static final String ANYBODY = "default";

    private static final String WWW_AUTHENTICATE = "WWW-Authenticate";
    private static final String CHALLENGE = "Bearer realm=\"listenkeyd\"";
    private static final Pattern CREDENTIALS = Pattern.compile("(?i:bearer) +([A-Za-z0-9._~+/-]+=*)");
    private static final String REASON = BearerAuthentication.class.getName();
    private static final SecurityIdentity OPEN = identity(ANYBODY, Scope.OPEN);

    /** These show the state of the process and no secret; the description is the same for every installation. */
    private static final String[] PUBLIC = {"/q/health", "/q/health/*", "/q/metrics", "/q/openapi"};

    /** The page's files, which are the same for every installation, too. */
    private static final String[] PAGE = {"/ui", "/ui/*"};

    /** The sandbox's exchange, which knows no clients; 404 outside of the sandbox. */
    private static final String[] STAND_IN = {"/sandbox/eapi/*", "/sandbox/stream/*"};

    private final Clients clients;
    private final AuthFailures failures;
    private final RequestTracker requests;

    BearerAuthentication(Clients clients, AuthFailures failures, RequestTracker requests) {
        this.clients = clients;
        this.failures = failures;
        this.requests = requests;
    }

    /** A route that is added to the server later needs authentication unless it is named here. */
    void protect(@Observes HttpSecurity routes) {
        routes.path(PUBLIC).permit();
        routes.path(PAGE).permit();
        routes.path(STAND_IN).permit();
        routes.path("/*").authenticated();
    }

    @Override
    public Uni<SecurityIdentity> authenticate(RoutingContext call, IdentityProviderManager manager) {
        if (clients.isOpen()) {
            requests.authenticated(call);
            return Uni.createFrom().item(OPEN);
        }
        List<String> headers = call.request().headers().getAll(HttpHeaders.AUTHORIZATION);
        if (headers.isEmpty()) {
            return Uni.createFrom().nullItem();
        }
        String token = headers.size() == 1 ? token(headers.get(0)) : null;
        if (token == null) {
            return refuse(call, Reason.MALFORMED);
        }
        Client client = clients.find(token);
        if (client == null) {
            return refuse(call, Reason.WRONG_TOKEN);
        }
        requests.authenticated(call);
        return Uni.createFrom().item(identity(client.name(), client.scopes()));
    }

    /** Whether a call that began with this header may still use the scope: tokens are replaced while it lasts. */
    public boolean isStillAllowed(@Nullable String authorization, String scope) {
        if (clients.isOpen()) {
            return Scope.OPEN.contains(scope);
        }
        String token = authorization == null ? null : token(authorization);
        Client client = token == null ? null : clients.find(token);
        return client != null && client.scopes().contains(scope);
    }

    /** Anonymous, after a delay on a timer (no thread is blocked). Authorization then sends the challenge. */
    private Uni<SecurityIdentity> refuse(RoutingContext call, Reason reason) {
        call.put(REASON, reason);
        Duration delay = failures.tokenRefused(reason, source(call));
        long millis = Math.max(1, delay.toMillis());
        return Uni.createFrom()
                .emitter(answer -> call.vertx().setTimer(millis, timer -> {
                    failures.answered();
                    answer.complete(null);
                }));
    }

    @Override
    public Uni<ChallengeData> getChallenge(RoutingContext call) {
        return Uni.createFrom().item(new ChallengeData(401, WWW_AUTHENTICATE, challenge(call)));
    }

    @Override
    public Uni<Boolean> sendChallenge(RoutingContext call) {
        if (call.get(REASON) == null) {
            failures.count(Reason.MISSING);
        }
        call.response().putHeader(WWW_AUTHENTICATE, challenge(call));
        Problem.of(
                        401,
                        "unauthorized",
                        "a call needs the header Authorization: Bearer and a valid token; /q/health and /q/metrics need none")
                .send(call);
        return Uni.createFrom().item(true);
    }

    /** The challenge to a client whose scopes don't suffice. */
    public static String insufficient(String scope) {
        return CHALLENGE + ", error=\"insufficient_scope\", scope=\"" + scope + "\"";
    }

    private static String challenge(RoutingContext call) {
        return call.get(REASON) == null ? CHALLENGE : CHALLENGE + ", error=\"invalid_token\"";
    }

    private static @Nullable String token(String header) {
        Matcher credentials = CREDENTIALS.matcher(header);
        boolean sound = credentials.matches() && credentials.group(1).length() <= Tokens.MAX_LENGTH;
        return sound ? credentials.group(1) : null;
    }

    private static String source(RoutingContext call) {
        String address = call.request().remoteAddress() == null
                ? null
                : call.request().remoteAddress().hostAddress();
        return address == null ? "a local socket" : SourceAddress.of(address);
    }

    private static SecurityIdentity identity(String name, Set<String> scopes) {
        return QuarkusSecurityIdentity.builder()
                .setPrincipal(new QuarkusPrincipal(name))
                .addRoles(scopes)
                .build();
    }
}
