package dev.listenkeyd.http;

import dev.listenkeyd.access.AuthFailures.Reason;
import dev.listenkeyd.access.Clients;
import dev.listenkeyd.access.Scope;
import dev.listenkeyd.audit.Action;
import dev.listenkeyd.encoding.WireWord;
import dev.listenkeyd.forecast.LeaseStatus;
import dev.listenkeyd.http.BlockingQueries.Caller;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.registration.OnDemandRenewals;
import dev.listenkeyd.registration.RegistrationRequest;
import dev.listenkeyd.view.LeaseView;
import dev.listenkeyd.view.LeaseViews;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.jspecify.annotations.Nullable;

/** Leases over HTTP. */
@RegisterForReflection
@Path("/v1/listen-keys")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
public class ListenKeysResource {
    private final Leases leases;
    private final LeaseViews views;
    private final OnDemandRenewals renewals;
    private final Clients clients;
    private final AuditTrail trail;
    private final BlockingQueries queries;

    ListenKeysResource(
            Leases leases,
            LeaseViews views,
            OnDemandRenewals renewals,
            Clients clients,
            AuditTrail trail,
            BlockingQueries queries) {
        this.leases = leases;
        this.views = views;
        this.renewals = renewals;
        this.clients = clients;
        this.trail = trail;
        this.queries = queries;
    }

    /** A page of leases; {@code next} is the account to give as {@code after}, null on the last page. */
    @Schema(name = "Leases")
    record Page(List<LeaseView> items, @Nullable String next) {}

    @POST
    @Operation(summary = "Register a holder of an account's listen key")
    @APIResponse(
            responseCode = "200",
            description = "The lease existed",
            content = @Content(schema = @Schema(implementation = LeaseView.class)))
    @APIResponse(
            responseCode = "201",
            description = "A new lease",
            content = @Content(schema = @Schema(implementation = LeaseView.class)))
    @APIResponse(
            responseCode = "202",
            description = "Registered; the exchange could not be asked yet",
            content = @Content(schema = @Schema(implementation = LeaseView.class)))
    @APIResponse(responseCode = "403", description = "forbidden: also a change of a lease that another client holds")
    @APIResponse(
            responseCode = "409",
            description = "another-key-active, api-key-differs, or paused: also replaceApiKey")
    @APIResponse(responseCode = "422", description = "account-unknown, credentials-refused or no-active-key")
    @APIResponse(responseCode = "503", description = "store-unavailable, full or busy")
    @RolesAllowed(Scope.WRITE)
    @Audited(Action.REGISTER)
    @Consumes(MediaType.APPLICATION_JSON)
    public CompletionStage<Response> register(
            @RequestBody(required = true, content = @Content(schema = @Schema(implementation = RegisterRequest.class)))
                    byte[] body,
            @Context ContainerRequestContext call,
            @Context SecurityContext caller) {
        RegistrationRequest request =
                RegisterRequest.parse(body, caller.getUserPrincipal().getName());
        AuditTrail.concerns(call, request.account());
        requireOwn(request.holder(), caller);
        return trail.register(call, () -> leases.register(request)).thenApply(registered -> {
            Lease lease = registered.lease();
            boolean asksOn = lease.isPending() && lease.pause() == null;
            int status = asksOn ? 202 : registered.created() ? 201 : 200;
            return Response.status(status)
                    // Not location(): it asks for the request, and the loop that may answer here has none.
                    .header(HttpHeaders.LOCATION, "/v1/listen-keys/" + lease.account())
                    .entity(views.of(registered))
                    .build();
        });
    }

    @GET
    @Operation(summary = "Leases by account name")
    @RolesAllowed(Scope.READ)
    public Page list(
            @Parameter(schema = @Schema(implementation = LeaseStatus.class)) @QueryParam("status") @Nullable
                    String status,
            @Parameter(description = "Leases after this account") @QueryParam("after") @Nullable String after,
            @QueryParam("limit") @Nullable String limit) {
        LeaseStatus wanted = status == null ? null : status(status);
        int most = Paging.limit(limit);
        List<LeaseView> found = leases.after(after == null ? "" : after)
                .map(views::of)
                .filter(lease -> wanted == null || lease.status() == wanted)
                .limit(most + 1L)
                .toList();
        boolean more = found.size() > most;
        List<LeaseView> items = more ? found.subList(0, most) : found;
        return new Page(items, more ? items.get(most - 1).account() : null);
    }

    @GET
    @Operation(summary = "One lease, at once or when it changes")
    @APIResponseSchema(LeaseView.class)
    @APIResponse(responseCode = "404", description = "not-found")
    @RolesAllowed(Scope.READ)
    @Path("/{account}")
    public CompletionStage<LeaseView> find(
            @PathParam("account") String account,
            @Parameter(
                            description = "A revision: waits for a later one",
                            schema = @Schema(type = SchemaType.INTEGER, minimum = "0", defaultValue = "0"))
                    @QueryParam("after")
                    @Nullable
                    String after,
            @Parameter(description = BlockingQueries.WAIT) @QueryParam("wait") @Nullable String wait,
            @Parameter(hidden = true) @HeaderParam(HttpHeaders.AUTHORIZATION) @Nullable String authorization) {
        long revision = Paging.after(after);
        return queries.awaitNews(
                        account, new Caller(authorization, Scope.READ), wait, lease -> lease.version() > revision)
                .thenApply(views::of);
    }

    @POST
    @Operation(summary = "One attempt now; the lease after it")
    @APIResponseSchema(LeaseView.class)
    @APIResponse(responseCode = "404", description = "not-found")
    @APIResponse(responseCode = "409", description = "paused")
    @APIResponse(responseCode = "503", description = "upstream-unavailable: no call could leave in time")
    @RolesAllowed(Scope.WRITE)
    @Audited(Action.RENEW)
    @Path("/{account}/renew")
    public CompletionStage<LeaseView> renew(
            @PathParam("account") String account, @Context ContainerRequestContext call) {
        return trail.follow(
                call,
                Action.RENEW,
                () -> renewals.renew(account).thenApply(renewal -> views.of(renewal.lease())),
                ListenKeysResource::renewed);
    }

    @DELETE
    @Operation(summary = "Drop a holder; with the last one the lease ends")
    @APIResponse(responseCode = "204", description = "Dropped")
    @APIResponse(responseCode = "404", description = "not-found")
    @APIResponse(responseCode = "409", description = "holders-remain, or paused: the key can't be closed now")
    @APIResponse(responseCode = "503", description = "upstream-unavailable or store-unavailable")
    @RolesAllowed(Scope.WRITE)
    @Audited(Action.RELEASE)
    @Path("/{account}")
    public CompletionStage<Void> release(
            @PathParam("account") String account,
            @Parameter(description = "Without it the name of the client, or default while the API is open")
                    @QueryParam("holder")
                    @Nullable
                    String holder,
            @Parameter(
                            description = "Close the key at the exchange, too",
                            schema = @Schema(type = SchemaType.BOOLEAN, defaultValue = "false"))
                    @QueryParam("close")
                    @Nullable
                    String close,
            @Context ContainerRequestContext call,
            @Context SecurityContext caller) {
        if (close != null && !close.equals("true") && !close.equals("false")) {
            throw new LeaseRefused(Refusal.INVALID_REQUEST, "close: must be true or false");
        }
        String leaving = holder == null ? caller.getUserPrincipal().getName() : holder;
        requireOwn(leaving, caller);
        requireRegisteredByCaller(account, leaving, caller);
        boolean closing = "true".equals(close);
        return trail.follow(
                call,
                Action.RELEASE,
                () -> leases.release(account, leaving, closing),
                released -> closing ? "closed" : "released");
    }

    /** A renewal that failed is no error of the call: the answer shows the lease after it. */
    private static String renewed(LeaseView lease) {
        return lease.status() == LeaseStatus.ACTIVE ? "renewed" : WireWord.of(lease.status());
    }

    private void requireOwn(String holder, SecurityContext caller) {
        if (holder.equals(Leases.CONFIG_HOLDER)) {
            throw new LeaseRefused(Refusal.INVALID_REQUEST, "holder: config stands for the configuration");
        }
        if (!clients.mayActAs(holder, caller.getUserPrincipal().getName())) {
            throw new CallForbidden(Reason.HOLDER, "holder: is the name of another client");
        }
    }

    /** A holder belongs to the client that registered it, for as long as that client is configured. */
    private void requireRegisteredByCaller(String account, String holder, SecurityContext caller) {
        String client = leases.get(account).registration().clients().get(holder);
        if (client != null
                && !clients.mayActAs(client, caller.getUserPrincipal().getName())) {
            throw new CallForbidden(Reason.HOLDER, "holder: was registered by another client");
        }
    }

    private static LeaseStatus status(String raw) {
        try {
            return LeaseStatus.valueOf(raw.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw new LeaseRefused(Refusal.INVALID_REQUEST, "status: must be one of " + List.of(LeaseStatus.values()));
        }
    }
}
