package dev.listenkeyd.http;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.audit.Action;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.notify.Webhook;
import dev.listenkeyd.notify.WebhookSender;
import dev.listenkeyd.notify.Webhooks;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;

/** The receivers that are told of events. */
@RegisterForReflection
@Path("/v1/webhooks")
@Produces(MediaType.APPLICATION_JSON)
@Blocking
public class WebhooksResource {
    private final Webhooks webhooks;
    private final WebhookSender sender;
    /** Webhooks with a test under way. */
    private final Set<String> testing = ConcurrentHashMap.newKeySet();

    private final AuditTrail trail;

    WebhooksResource(Webhooks webhooks, WebhookSender sender, AuditTrail trail) {
        this.webhooks = webhooks;
        this.sender = sender;
        this.trail = trail;
    }

    /** A receiver that has accepted an event. */
    @Schema(name = "WebhookTest")
    record Tested(
            String webhook,

            @Schema(description = "What the receiver answered, such as HTTP 204")
            String answer) {}

    @POST
    @Operation(summary = "Send one event of the type test to a webhook, and say what its receiver answers")
    @APIResponseSchema(Tested.class)
    @APIResponse(responseCode = "404", description = "not-found: no such webhook")
    @APIResponse(responseCode = "503", description = "upstream-unavailable: the receiver did not accept it")
    @RolesAllowed(Scope.WRITE)
    @Audited(Action.TEST_WEBHOOK)
    @Path("/{name}/test")
    public CompletionStage<Tested> test(@Context ContainerRequestContext call, @PathParam("name") String name) {
        return trail.follow(
                call, Action.TEST_WEBHOOK, () -> test(name), tested -> tested.webhook() + ": " + tested.answer());
    }

    private CompletionStage<Tested> test(String name) {
        Webhook webhook =
                webhooks.find(name).orElseThrow(() -> new LeaseRefused(Refusal.NOT_FOUND, "name: no such webhook"));
        if (!testing.add(name)) {
            throw new LeaseRefused(Refusal.BUSY, "name: a test of this webhook is under way");
        }
        return sender.test(webhook)
                .whenComplete((answer, failure) -> testing.remove(name))
                .thenApply(answer -> {
                    if (!answer.accepted()) {
                        throw new LeaseRefused(Refusal.UPSTREAM_UNAVAILABLE, "the receiver: " + answer.inShort());
                    }
                    return new Tested(name, answer.inShort());
                });
    }
}
