package dev.listenkeyd.http;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.audit.AuditLog;
import dev.listenkeyd.audit.AuditRow;
import dev.listenkeyd.audit.AuditStore;
import dev.listenkeyd.audit.ChainPosition;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.jspecify.annotations.Nullable;

/** The audit, oldest row first. Reading it is not recorded. */
@RegisterForReflection
@Path("/v1/audit")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
public class AuditResource {
    private final AuditLog audit;

    AuditResource(AuditLog audit) {
        this.audit = audit;
    }

    /**
     * A page of rows, with the state of the audit.
     *
     * @param next the number to give as {@code after}, null on the last page
     * @param head the newest row; a copy kept elsewhere shows later whether the chain was recomputed
     * @param brokenAt the first row that does not fit the chain, or is missing; null when the chain is intact
     * @param waiting entries that are not on disk yet
     */
    @Schema(name = "Audit")
    record Page(
            List<RowView> items,
            @Nullable Long next,
            HeadView head,
            boolean intact,
            @Nullable Long brokenAt,
            int waiting) {}

    /** One recorded action. */
    @Schema(name = "AuditRow")
    record RowView(
            long seq,
            Instant at,
            String client,
            String action,
            @Nullable String account,
            String result,
            String hash) {
        static RowView of(AuditRow row) {
            return new RowView(
                    row.seq(), row.at(), row.client(), row.action(), row.account(), row.result(), row.hash());
        }
    }

    /** The end of the chain. */
    @Schema(name = "AuditHead")
    record HeadView(long seq, String hash) {}

    @GET
    @Operation(summary = "The audit, oldest row first")
    @APIResponseSchema(Page.class)
    @APIResponse(responseCode = "503", description = "store-unavailable")
    @RolesAllowed(Scope.READ)
    public Page list(
            @Parameter(
                            description = "Rows after this number",
                            schema = @Schema(type = SchemaType.INTEGER, minimum = "0", defaultValue = "0"))
                    @QueryParam("after")
                    @Nullable
                    String after,
            @QueryParam("limit") @Nullable String limit) {
        int most = Paging.limit(limit);
        AuditStore.Page page = read(Paging.after(after), most + 1);
        boolean more = page.rows().size() > most;
        List<RowView> items = page.rows().stream().limit(most).map(RowView::of).toList();
        ChainPosition head = page.chain().head();
        OptionalLong brokenAt = audit.brokenAt();
        return new Page(
                items,
                more ? items.get(most - 1).seq() : null,
                new HeadView(head.seq(), head.hash()),
                audit.intact(),
                brokenAt.isPresent() ? brokenAt.getAsLong() : null,
                audit.waiting());
    }

    private AuditStore.Page read(long after, int most) {
        try {
            return audit.read(after, most);
        } catch (AuditStore.Unavailable e) {
            throw new LeaseRefused(Refusal.STORE_UNAVAILABLE, "the audit can't be read now");
        }
    }
}
