package dev.listenkeyd.mcp;

import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import jakarta.inject.Singleton;
import java.util.concurrent.CompletableFuture;

/** Who calls: to be asked on the event loop, where the call is begun. */
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

    boolean may(String scope) {
        return identity.hasRole(scope);
    }

    /** Completes when the connection ends before the answer; the library does not notice, and answers into the void. */
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
