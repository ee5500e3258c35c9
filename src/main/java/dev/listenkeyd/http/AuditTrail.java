package dev.listenkeyd.http;

import dev.listenkeyd.access.Problem;
import dev.listenkeyd.approval.ApprovalRequest;
import dev.listenkeyd.audit.Action;
import dev.listenkeyd.audit.AuditLog;
import dev.listenkeyd.audit.RepeatedEntries;
import dev.listenkeyd.encoding.WireWord;
import dev.listenkeyd.forecast.LeaseStatus;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.Registration;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.registration.Leases.Registered;
import dev.listenkeyd.view.LeaseView;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ResourceInfo;
import java.lang.reflect.Method;
import java.security.Principal;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;
import org.jspecify.annotations.Nullable;

/**
 * Records who called what, and what came of it, before the answer leaves. What changes something is recorded by its own
 * end, for it comes to one even when the caller has hung up; all else that is {@link Audited}, and any call that its client
 * was not allowed to make, by its answer. Nobody who is no client gets this far.
 */
@Singleton
final class AuditTrail {
    private static final String ACCOUNT = "account";
    private static final String FOLLOWED = AuditTrail.class.getName() + ".followed";

    private final Provider<AuditLog> audit;
    private final Provider<RepeatedEntries> repeated;
    private final Provider<Denials> denials;

    /** Asked for when needed: filters are made when the program is built, long before its settings are known. */
    AuditTrail(Provider<AuditLog> audit, Provider<RepeatedEntries> repeated, Provider<Denials> denials) {
        this.audit = audit;
        this.repeated = repeated;
        this.denials = denials;
    }

    /** Notes the account of a call that does not have it in its path. */
    static void concerns(ContainerRequestContext call, String account) {
        call.setProperty(ACCOUNT, account);
    }

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

    CompletionStage<LeaseView> renew(ContainerRequestContext call, Supplier<CompletionStage<LeaseView>> renewal) {
        return follow(call, Action.RENEW, renewal, AuditTrail::renewed);
    }

    CompletionStage<Void> release(
            ContainerRequestContext call, boolean closing, Supplier<CompletionStage<Void>> release) {
        return follow(call, Action.RELEASE, release, released -> closing ? "closed" : "released");
    }

    /** The pause of the whole IP is lifted; whether there was one stands in the result. */
    CompletionStage<Void> liftPause(ContainerRequestContext call, BooleanSupplier lift) {
        return follow(
                        call,
                        Action.LIFT_PAUSE,
                        () -> CompletableFuture.completedFuture(lift.getAsBoolean()),
                        lifted -> lifted ? "lifted" : "no-pause")
                .thenAccept(lifted -> {});
    }

    /** A person's decision on a call of an agent has been made. */
    CompletionStage<Void> decided(ContainerRequestContext call, boolean approved, ApprovalRequest question) {
        call.setProperty(FOLLOWED, true);
        String result = "%s %s of %s; session %s"
                .formatted(
                        approved ? "approved" : "rejected",
                        question.tool(),
                        question.client(),
                        new Secret(question.session()).fingerprint());
        return audit.get().record(client(call), Action.DECIDE, question.account(), result);
    }

    /** The request is asked now, on its own thread: whoever ends the work later may have none. */
    private <T> CompletionStage<T> follow(
            ContainerRequestContext call,
            Action action,
            Supplier<CompletionStage<T>> work,
            Function<T, String> result) {
        String client = client(call);
        String account = account(call);
        call.setProperty(FOLLOWED, true);
        CompletionStage<T> done = begun(work);
        return done.handle((value, thrown) -> thrown == null ? result.apply(value) : Problems.code(thrown))
                .thenCompose(word -> audit.get().record(client, action, account, word))
                .thenCompose(written -> done);
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
        Method method = resource == null ? null : resource.getResourceMethod();
        Audited audited = method == null ? null : method.getAnnotation(Audited.class);
        Problem problem = answer.getEntity() instanceof Problem told ? told : null;
        boolean denied = problem != null && problem.code().equals(AccessProblems.FORBIDDEN);
        Principal caller = call.getSecurityContext().getUserPrincipal();
        if (caller == null || call.getProperty(FOLLOWED) != null || (audited == null && !denied)) {
            return Uni.createFrom().voidItem();
        }
        Action action = audited == null ? Action.OTHER : audited.value();
        if (denied && !denials.get().isNews(caller.getName(), action)) {
            return Uni.createFrom().voidItem();
        }
        // Only what reveals gets here without a problem.
        String result = problem == null ? "revealed" : problem.code();
        // A consumer may poll its key every second.
        return Uni.createFrom()
                .completionStage(
                        action == Action.REVEAL
                                ? repeated.get().record(caller.getName(), action, account(call), result)
                                : audit.get().record(caller.getName(), action, account(call), result));
    }

    private static String client(ContainerRequestContext call) {
        return call.getSecurityContext().getUserPrincipal().getName();
    }

    private static @Nullable String account(ContainerRequestContext call) {
        Object noted = call.getProperty(ACCOUNT);
        String account = noted == null ? call.getUriInfo().getPathParameters().getFirst(ACCOUNT) : noted.toString();
        // What is no name may be a key that slipped into the wrong place.
        return account != null && Registration.ACCOUNT.matcher(account).matches() ? account : null;
    }

    private static String registered(Registered registered) {
        return registered.lease().isPending() ? "pending" : registered.created() ? "created" : "existing";
    }

    /** A renewal that failed is no error of the call: its answer is the lease as it is. */
    private static String renewed(LeaseView lease) {
        return lease.status() == LeaseStatus.ACTIVE ? "renewed" : WireWord.of(lease.status());
    }
}
