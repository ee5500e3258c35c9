package dev.listenkeyd.connection;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import org.jspecify.annotations.Nullable;

/** Tells a connection when its calls begin and end, and whether one had a valid token. */
@Singleton
public final class RequestTracker {
    /** Before every other filter. */
    private static final int FIRST = 2000;

    private final Connections connections;

    RequestTracker(Connections connections) {
        this.connections = connections;
    }

    void watch(@Observes Filters routes) {
        routes.register(this::begin, FIRST);
    }

    private void begin(RoutingContext call) {
        Connection connection = connection(call);
        if (connection != null) {
            connection.callBegan();
            call.addEndHandler(over -> connections.callEnded(connection));
        }
        call.next();
    }

    /** Notes that the call has a valid token. */
    public void authenticated(RoutingContext call) {
        Connection connection = connection(call);
        if (connection != null) {
            connections.authenticated(connection);
        }
    }

    private static @Nullable Connection connection(RoutingContext call) {
        return call.request().connection() instanceof ConnectionBase connection
                ? connection.channel().attr(AdmissionHandler.CONNECTION).get()
                : null;
    }
}
