package dev.listenkeyd.http;

import dev.listenkeyd.access.Problem;
import dev.listenkeyd.audit.Action;
import dev.listenkeyd.audit.AuditLog;
import dev.listenkeyd.audit.AuditRateLimit;
import dev.listenkeyd.audit.RepeatedEntries;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.registration.Registered;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ResourceInfo;
import java.security.Principal;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;
import org.jspecify.annotations.Nullable;

/**
 * Writes the audit row of a call before its answer leaves. A call that changes something has its row written by {@link
 * #follow}, which works even after the client hung up. Other {@link Audited} calls, and calls that their client was not
 * allowed to make, have it written from the answer.
 */
@Singleton
final class AuditTrail {
    private static final String ACCOUNT = "account";
    private static final String FOLLOWED = AuditTrail.class.getName() + ".followed";

    private final Provider<AuditLog> audit;
    private final Provider<RepeatedEntries> repeated;
    private final Provider<AuditRateLimit> refusals;

    /** Providers, since filters are created at build time, before the settings are known. */
    AuditTrail(Provider<AuditLog> audit, Provider<RepeatedEntries> repeated, Provider<AuditRateLimit> refusals) {
        this.audit = audit;
        this.repeated = repeated;
        this.refusals = refusals;
    }

    /** Notes the account of a call that does not have it in its path. */
    static void concerns(ContainerRequestContext call, String account) {
        call.setProperty(ACCOUNT, account);
    }

    /**
     * Starts the work and writes a row when it ends.
     *
     * @param result the result of the row, from the value of work that succeeded
     */
    <T> CompletionStage<T> follow(
            ContainerRequestContext call,
            Action action,
            Supplier<CompletionStage<T>> work,
            Function<T, String> result) {
        // Read here: the thread that ends the work may have no request.
        String client = client(call);
        String account = account(call);
        call.setProperty(FOLLOWED, true);
        CompletionStage<T> done = begun(work);
        return done.handle((value, thrown) -> thrown == null ? result.apply(value) : Problems.code(thrown))
                .thenCompose(word -> audit.get().record(client, action, account, word))
                .thenCompose(written -> done);
    }

    /** Follows a registration; an API key that it replaced has a row of its own. */
    CompletionStage<Registered> register(
            ContainerRequestContext call, Supplier<CompletionStage<Registered>> registration) {
        String client = client(call);
        String account = account(call);
        return follow(call, Action.REGISTER, registration, AuditTrail::registered)
                .thenCompose(registered -> registered.replaced()
                        ? audit.get()
                                .record(client, Action.CREDENTIALS_REPLACED, account, "replaced")
                                .thenApply(written -> registered)
                        : CompletableFuture.completedFuture(registered));
    }

    private static String registered(Registered registered) {
        return registered.lease().isPending() ? "pending" : registered.created() ? "created" : "existing";
    }

    private static <T> CompletionStage<T> begun(Supplier<CompletionStage<T>> work) {
        try {
            return work.get();
        } catch (LeaseRefused e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @ServerResponseFilter
    public Uni<Void> record(
            ContainerRequestContext call, ContainerResponseContext answer, @Nullable ResourceInfo resource) {
        Audited audited = resource == null || resource.getResourceMethod() == null
                ? null
                : resource.getResourceMethod().getAnnotation(Audited.class);
        Problem problem = answer.getEntity() instanceof Problem told ? told : null;
        boolean forbidden = problem != null && problem.code().equals(AccessProblems.FORBIDDEN);
        Principal caller = call.getSecurityContext().getUserPrincipal();
        if (caller == null || call.getProperty(FOLLOWED) != null || (audited == null && !forbidden)) {
            return Uni.createFrom().voidItem();
        }
        Action action = audited == null ? Action.OTHER : audited.value();
        // The only calls that succeed and are not followed are those that reveal a key.
        String result = problem == null ? "revealed" : problem.code();
        Optional<String> admitted = forbidden ? refusals.get().admit(caller.getName(), result) : Optional.of(result);
        return admitted.isEmpty()
                ? Uni.createFrom().voidItem()
                : Uni.createFrom().completionStage(record(caller.getName(), action, account(call), admitted.get()));
    }

    private CompletionStage<Void> record(String client, Action action, @Nullable String account, String result) {
        // A consumer may poll its key every second.
        return action == Action.REVEAL
                ? repeated.get().record(client, action, account, result)
                : audit.get().record(client, action, account, result);
    }

    private static String client(ContainerRequestContext call) {
        return call.getSecurityContext().getUserPrincipal().getName();
    }

    /** Null for text that is no account name: it may be a key in the wrong place. */
    private static @Nullable String account(ContainerRequestContext call) {
        Object noted = call.getProperty(ACCOUNT);
        String account = noted == null ? call.getUriInfo().getPathParameters().getFirst(ACCOUNT) : noted.toString();
        return account != null && Registration.ACCOUNT.matcher(account).matches() ? account : null;
    }
}
