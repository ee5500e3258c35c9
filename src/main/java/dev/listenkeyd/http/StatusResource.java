package dev.listenkeyd.http;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.view.StatusView;
import dev.listenkeyd.view.StatusViews;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;

/** The whole fleet at a glance. */
@RegisterForReflection
@Path("/v1/status")
@Produces(MediaType.APPLICATION_JSON)
public class StatusResource {
    private final StatusViews views;

    StatusResource(StatusViews views) {
        this.views = views;
    }

    @GET
    @Operation(summary = "The whole fleet at a glance")
    @RolesAllowed(Scope.READ)
    public StatusView status() {
        return views.of(views.overview());
    }
}
