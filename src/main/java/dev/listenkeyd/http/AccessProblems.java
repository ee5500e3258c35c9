package dev.listenkeyd.http;

import dev.listenkeyd.access.AuthFailures;
import dev.listenkeyd.access.AuthFailures.Reason;
import dev.listenkeyd.access.BearerAuthentication;
import dev.listenkeyd.access.Problem;
import dev.listenkeyd.http.ApprovalsResource.OwnCall;
import dev.listenkeyd.http.ListenKeysResource.ForeignHolder;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.quarkus.security.ForbiddenException;
import jakarta.annotation.security.RolesAllowed;
import jakarta.inject.Singleton;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/**
 * What a client is told that may not do what it asked for. Who is no client at all never comes this far. What a call needs
 * stands at the method that serves it, and is read there; a native binary must be told to keep that.
 */
@Singleton
@RegisterForReflection(
        targets = {
            ListenKeysResource.class,
            WhatIfResource.class,
            AuditResource.class,
            StatusResource.class,
            GateResource.class,
            ApprovalsResource.class
        })
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
            return Problem.response(403, FORBIDDEN, "this client may not do that");
        }
        String scope = String.join(" ", allowed.value());
        Problem problem =
                Problem.of(403, FORBIDDEN, "this call needs the scope " + scope + ", which this client lacks");
        return Response.fromResponse(problem.response())
                .header(HttpHeaders.WWW_AUTHENTICATE, BearerAuthentication.insufficient(scope))
                .build();
    }

    @ServerExceptionMapper
    Response foreign(ForeignHolder refused) {
        failed.count(Reason.HOLDER);
        return Problem.response(403, FORBIDDEN, String.valueOf(refused.getMessage()));
    }

    @ServerExceptionMapper
    Response own(OwnCall refused) {
        failed.count(Reason.OWN_CALL);
        return Problem.response(403, FORBIDDEN, String.valueOf(refused.getMessage()));
    }
}
