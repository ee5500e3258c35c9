package dev.listenkeyd.http;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.registration.Leases;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.jspecify.annotations.Nullable;

/** The history of an account's losses. */
@RegisterForReflection
@Path("/v1/listen-keys")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
public class LossesResource {
    private final Leases leases;

    LossesResource(Leases leases) {
        this.leases = leases;
    }

    /** A page of losses; {@code next} is the number to give as {@code after}, null on the last page. */
    @Schema(name = "Losses")
    record Page(List<LossRow> items, @Nullable Long next) {}

    /** A key that died or was replaced. Between lastKnownAlive and recoveredAt a consumer must reconcile by REST. */
    @Schema(name = "RecordedLoss")
    record LossRow(
            @Schema(description = "Grows from loss to loss of an account")
            long seq,

            LossCause cause,

            @Schema(description = "Last instant at which the old key is known to have lived")
            Instant lastKnownAlive,

            @Schema(description = "When the daemon knew of it")
            Instant noticedAt,

            @Schema(description = "Since when there is a live key; null until then") @Nullable
            Instant recoveredAt,

            @Schema(description = "Of the lost key") String fingerprint,

            @Schema(description = "Of the live key; null until recoveredAt") @Nullable
            String newFingerprint) {
        static LossRow of(Loss loss) {
            return new LossRow(
                    loss.seq(),
                    loss.cause(),
                    loss.lostAt(),
                    loss.noticedAt(),
                    loss.recoveredAt(),
                    loss.fingerprint(),
                    loss.newFingerprint());
        }
    }

    @GET
    @Operation(summary = "Every loss and rotation of the account's key on record, oldest first")
    @APIResponseSchema(Page.class)
    @APIResponse(responseCode = "404", description = "not-found: neither a lease nor losses")
    @APIResponse(responseCode = "503", description = "store-unavailable")
    @RolesAllowed(Scope.READ)
    @Path("/{account}/losses")
    public Page list(
            @PathParam("account") String account,
            @Parameter(
                            description = "Losses after this number",
                            schema = @Schema(type = SchemaType.INTEGER, minimum = "0", defaultValue = "0"))
                    @QueryParam("after")
                    @Nullable
                    String after,
            @QueryParam("limit") @Nullable String limit) {
        int most = Paging.limit(limit);
        List<Loss> found = leases.losses(account, Paging.after(after), most + 1);
        List<LossRow> items = found.stream().limit(most).map(LossRow::of).toList();
        return new Page(items, found.size() > most ? items.get(most - 1).seq() : null);
    }
}
