package dev.listenkeyd.http;

import dev.listenkeyd.access.Problem;
import dev.listenkeyd.audit.Action;
import dev.listenkeyd.audit.AuditLog;
import dev.listenkeyd.renewal.LeaseStatus;
import dev.listenkeyd.renewal.Registration;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ResourceInfo;
import java.lang.reflect.Method;
import java.security.Principal;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;
import org.jspecify.annotations.Nullable;

/**
 * Records who called what, and what came of it, when the answer is known and before it leaves: {@link Audited} calls, and
 * any call that its client was not allowed to make. Nobody who is no client gets this far.
 */
@Singleton
final class AuditTrail {
    private static final String ACCOUNT = "account";
    private static final String REPLACED = AuditTrail.class.getName() + ".replaced";

    private final AuditLog audit;

    AuditTrail(AuditLog audit) {
        this.audit = audit;
    }

    /** Notes the account of a call that does not have it in its path. */
    static void concerns(ContainerRequestContext call, String account) {
        call.setProperty(ACCOUNT, account);
    }

    /** Notes that with this call the account got another API key. */
    static void replacedCredentials(ContainerRequestContext call) {
        call.setProperty(REPLACED, true);
    }

    @ServerResponseFilter
    public Uni<Void> record(
            ContainerRequestContext call, ContainerResponseContext answer, @Nullable ResourceInfo resource) {
        Method method = resource == null ? null : resource.getResourceMethod();
        Audited audited = method == null ? null : method.getAnnotation(Audited.class);
        Problem problem = answer.getEntity() instanceof Problem told ? told : null;
        boolean denied = problem != null && problem.code().equals(AccessProblems.FORBIDDEN);
        Principal caller = audited != null || denied ? call.getSecurityContext().getUserPrincipal() : null;
        if (caller == null) {
            return Uni.createFrom().voidItem();
        }
        Action action = audited == null ? Action.OTHER : audited.value();
        String result = problem == null ? result(action, call, answer) : problem.code();
        CompletionStage<Void> written = audit.record(caller.getName(), action, account(call), result);
        if (call.getProperty(REPLACED) != null) {
            written = audit.record(caller.getName(), Action.CREDENTIALS_REPLACED, account(call), "replaced");
        }
        return Uni.createFrom().completionStage(written);
    }

    private static @Nullable String account(ContainerRequestContext call) {
        Object noted = call.getProperty(ACCOUNT);
        String account = noted == null ? call.getUriInfo().getPathParameters().getFirst(ACCOUNT) : noted.toString();
        // What is no name may be a key that slipped into the wrong place.
        return account != null && Registration.ACCOUNT.matcher(account).matches() ? account : null;
    }

    private static String result(Action action, ContainerRequestContext call, ContainerResponseContext answer) {
        return switch (action) {
            case REGISTER ->
                switch (answer.getStatus()) {
                    case 201 -> "created";
                    case 202 -> "pending";
                    default -> "existing";
                };
            case RELEASE ->
                "true".equals(call.getUriInfo().getQueryParameters().getFirst("close")) ? "closed" : "released";
            case REVEAL -> "revealed";
            case RENEW -> renewed(answer.getEntity());
            case CREDENTIALS_REPLACED, START, STOP, OTHER, GAP -> "done";
        };
    }

    /** A renewal that failed is no error of the call: its answer is the lease as it is. */
    private static String renewed(@Nullable Object answer) {
        if (answer instanceof LeaseView lease && lease.status() != LeaseStatus.ACTIVE) {
            return lease.status().name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
        return "renewed";
    }
}
