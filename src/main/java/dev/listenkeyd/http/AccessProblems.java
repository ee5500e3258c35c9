package dev.listenkeyd.http;

import dev.listenkeyd.access.AuthFailures;
import dev.listenkeyd.access.AuthFailures.Reason;
import dev.listenkeyd.access.BearerAuthentication;
import dev.listenkeyd.access.Problem;
import io.quarkus.security.ForbiddenException;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Singleton;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/**
 * Maps authorization failures to 403. The scope that a call needs is read from the resource method by reflection, so the
 * resources are registered for it.
 */
@Singleton
final class AccessProblems {
    static final String FORBIDDEN = "forbidden";

    private final AuthFailures failed;

    AccessProblems(AuthFailures failed) {
        this.failed = failed;
    }

    @ServerExceptionMapper
    Response forbidden(ForbiddenException refused, ResourceInfo resource) {
        failed.count(Reason.SCOPE);
        RolesAllowed allowed = resource.getResourceMethod().getAnnotation(RolesAllowed.class);
        if (allowed == null) {
            return Problem.response(403, FORBIDDEN, "this client is not allowed to make this call");
        }
        String scope = String.join(" ", allowed.value());
        Problem problem =
                Problem.of(403, FORBIDDEN, "this call needs the scope " + scope + ", which this client lacks");
        return Response.fromResponse(problem.response())
                .header(HttpHeaders.WWW_AUTHENTICATE, BearerAuthentication.insufficient(scope))
                .build();
    }

    @ServerExceptionMapper
    Response forbidden(CallForbidden refused) {
        failed.count(refused.reason());
        return Problem.response(403, FORBIDDEN, String.valueOf(refused.getMessage()));
    }
}
