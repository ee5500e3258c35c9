package dev.listenkeyd.http;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.fleet.Replicas;
import dev.listenkeyd.view.ReplicaView;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;

/** The replicas that share the leases. */
@RegisterForReflection
@Path("/v1/replicas")
@Produces(MediaType.APPLICATION_JSON)
public class ReplicasResource {
    private final Replicas replicas;

    ReplicasResource(Replicas replicas) {
        this.replicas = replicas;
    }

    @GET
    @Operation(summary = "The live replicas, and how many leases each renews; one alone without a shared store")
    @RolesAllowed(Scope.READ)
    public ReplicaView.Replicas replicas() {
        return ReplicaView.of(replicas);
    }
}
