package dev.listenkeyd.connection;

import io.netty.bootstrap.ServerBootstrap;
import io.quarkus.arc.Arc;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.vertx.core.impl.VertxBuilder;
import io.vertx.core.impl.transports.JDKTransport;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.spi.VertxServiceProvider;

/**
 * Puts {@link Admission} in front of every listening socket. Vert.x tells of a connection only when its TLS handshake is
 * done, which is too late to bound their number; its transport prepares the socket itself. Quarkus finds the name of this
 * provider when it builds the program, and makes it by reflection when that starts.
 */
@RegisterForReflection
public final class AdmittingTransport extends JDKTransport implements VertxServiceProvider {
    @Override
    public void init(VertxBuilder builder) {
        builder.findTransport(this);
    }

    @Override
    public void configure(NetServerOptions options, boolean domainSocket, ServerBootstrap server) {
        super.configure(options, domainSocket, server);
        // Vert.x exists before the beans do; a server listens after.
        server.handler(new Admission(Arc.container().instance(Connections.class).get()));
    }
}
