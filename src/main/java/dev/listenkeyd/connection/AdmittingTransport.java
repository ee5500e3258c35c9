package dev.listenkeyd.connection;

import io.netty.bootstrap.ServerBootstrap;
import io.quarkus.arc.Arc;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.vertx.core.impl.VertxBuilder;
import io.vertx.core.impl.transports.JDKTransport;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.spi.VertxServiceProvider;

/**
 * Puts an {@link AdmissionHandler} in front of every listening socket. Vert.x reports a connection after its TLS handshake,
 * which is too late to bound their number; a transport prepares the socket itself. Quarkus finds the name of this provider
 * at build time and instantiates it by reflection.
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
        // Vert.x starts before the beans exist; a server listens later.
        server.handler(
                new AdmissionHandler(Arc.container().instance(Connections.class).get()));
    }
}
