package dev.listenkeyd.http;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.audit.AuditLog;
import dev.listenkeyd.audit.AuditReader;
import dev.listenkeyd.audit.AuditRow;
import dev.listenkeyd.audit.AuditStore;
import dev.listenkeyd.audit.Chain;
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
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.jspecify.annotations.Nullable;

/** The audits of all replicas as one, oldest row first. Reading it is not recorded. */
@RegisterForReflection
@Path("/v1/audit")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
public class AuditResource {
    private static final String REPLICA_SYNTAX = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}";
    private static final Pattern REPLICA = Pattern.compile(REPLICA_SYNTAX);

    private final AuditLog audit;
    private final AuditReader reader;

    AuditResource(AuditLog audit, AuditReader reader) {
        this.audit = audit;
        this.reader = reader;
    }

    /**
     * A page of rows, with the state of the audit.
     *
     * @param next the place to give as {@code after}, null on the last page
     * @param last the place of the newest row
     * @param head the newest row of the answering replica; a copy kept elsewhere shows later whether its chain was recomputed
     * @param intact whether no chain is known to be broken, that of another replica included
     * @param brokenAt the first row of the answering replica that does not fit its chain, or is missing; null for none
     * @param waiting entries of the answering replica that are not on disk yet
     */
    @Schema(name = "Audit")
    record Page(
            List<RowView> items,
            @Nullable Long next,
            long last,
            HeadView head,
            boolean intact,
            @Nullable Long brokenAt,
            int waiting) {}

    /**
     * One recorded action.
     *
     * @param place among the rows of all replicas
     * @param seq in the chain of its replica
     */
    @Schema(name = "AuditRow")
    record RowView(
            long place,
            String replica,
            long seq,
            Instant at,
            String client,
            String action,
            @Nullable String account,
            String result,
            String hash) {
        static RowView of(AuditReader.Row placed) {
            AuditRow row = placed.row();
            return new RowView(
                    placed.place(),
                    placed.replica(),
                    row.seq(),
                    row.at(),
                    row.client(),
                    row.action(),
                    row.account(),
                    row.result(),
                    row.hash());
        }
    }

    /** A row by its number in its chain. */
    @Schema(name = "AuditHead")
    record HeadView(long seq, String hash) {
        static HeadView of(ChainPosition position) {
            return new HeadView(position.seq(), position.hash());
        }
    }

    /** All chains, just checked. */
    @Schema(name = "AuditChains")
    record Chains(boolean intact, List<ChainView> items) {}

    /**
     * The chain of a replica, which may be gone.
     *
     * @param base the row before the oldest one that is kept; its {@code seq} is 0 when nothing was pruned
     * @param head the newest row
     * @param brokenAt the first row that does not fit, or is missing; null when the chain is intact
     */
    @Schema(name = "AuditChain")
    record ChainView(
            String replica,
            HeadView base,
            HeadView head,
            @Nullable Long brokenAt) {
        static ChainView of(AuditReader.Checked checked) {
            Chain chain = checked.chain();
            return new ChainView(
                    checked.replica(),
                    HeadView.of(chain.base()),
                    HeadView.of(chain.head()),
                    orNull(checked.brokenAt()));
        }
    }

    @GET
    @Operation(summary = "The audit of all replicas, oldest row first")
    @APIResponseSchema(Page.class)
    @APIResponse(responseCode = "503", description = "store-unavailable")
    @RolesAllowed(Scope.READ)
    public Page list(
            @Parameter(
                            description = "Rows after this place",
                            schema = @Schema(type = SchemaType.INTEGER, minimum = "0", defaultValue = "0"))
                    @QueryParam("after")
                    @Nullable
                    String after,
            @QueryParam("limit") @Nullable String limit,
            @Parameter(
                            description = "Only rows of this replica",
                            schema = @Schema(type = SchemaType.STRING, pattern = "^" + REPLICA_SYNTAX + "$"))
                    @QueryParam("replica")
                    @Nullable
                    String replica) {
        int most = Paging.limit(limit);
        if (replica != null && !REPLICA.matcher(replica).matches()) {
            throw new LeaseRefused(Refusal.INVALID_REQUEST, "replica: must be the name of a replica");
        }
        AuditReader.Page page = read(Paging.after(after), replica, most + 1);
        boolean more = page.rows().size() > most;
        List<RowView> items = page.rows().stream().limit(most).map(RowView::of).toList();
        return new Page(
                items,
                more ? items.get(most - 1).place() : null,
                page.last(),
                HeadView.of(page.ownHead()),
                reader.intact(),
                orNull(audit.brokenAt()),
                audit.waiting());
    }

    private AuditReader.Page read(long after, @Nullable String replica, int most) {
        try {
            return reader.read(after, replica, most);
        } catch (AuditStore.Unavailable e) {
            throw unavailable();
        }
    }

    @GET
    @Operation(summary = "Check every row of every replica's chain; name each chain and its head")
    @APIResponseSchema(Chains.class)
    @APIResponse(responseCode = "503", description = "store-unavailable, or busy: another check has not ended yet")
    @RolesAllowed(Scope.READ)
    @Path("/chains")
    public Chains check() {
        try {
            List<ChainView> items = reader
                    .check()
                    .orElseThrow(() -> new LeaseRefused(Refusal.BUSY, "another check has not ended yet; ask again"))
                    .stream()
                    .map(ChainView::of)
                    .toList();
            return new Chains(items.stream().allMatch(chain -> chain.brokenAt() == null), items);
        } catch (AuditStore.Unavailable e) {
            throw unavailable();
        }
    }

    private static LeaseRefused unavailable() {
        return new LeaseRefused(Refusal.STORE_UNAVAILABLE, "the audit can't be read now");
    }

    private static @Nullable Long orNull(OptionalLong number) {
        return number.isPresent() ? number.getAsLong() : null;
    }
}
