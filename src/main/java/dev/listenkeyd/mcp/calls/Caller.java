package dev.listenkeyd.mcp.calls;

import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import jakarta.inject.Singleton;
import java.util.concurrent.CompletableFuture;

/** The client of the request that is served now; only for the event loop, where a call begins. */
@Singleton
final class Caller {
    private final SecurityIdentity identity;
    private final CurrentVertxRequest request;

    Caller(SecurityIdentity identity, CurrentVertxRequest request) {
        this.identity = identity;
        this.request = request;
    }

    String client() {
        return identity.getPrincipal().getName();
    }

    boolean has(String scope) {
        return identity.hasRole(scope);
    }

    /** Completes when the connection ends before the answer; the library does not notice that. */
    CompletableFuture<Void> hungUp() {
        CompletableFuture<Void> gone = new CompletableFuture<>();
        request.getCurrent().addEndHandler(end -> {
            if (end.failed()) {
                gone.complete(null);
            }
        });
        return gone;
    }
}
