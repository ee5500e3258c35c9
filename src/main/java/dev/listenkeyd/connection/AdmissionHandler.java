package dev.listenkeyd.connection;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Handles every accepted connection of a listening socket first, also one that never begins TLS. */
final class AdmissionHandler extends ChannelInboundHandlerAdapter {
    static final AttributeKey<Connection> CONNECTION = AttributeKey.valueOf(Connection.class, "connection");

    private final Connections connections;
    private @Nullable ScheduledFuture<?> sweep;

    AdmissionHandler(Connections connections) {
        this.connections = connections;
    }

    @Override
    public void channelActive(ChannelHandlerContext listening) {
        sweep = listening.executor().scheduleAtFixedRate(connections::closeOverdue, 1, 1, TimeUnit.SECONDS);
        listening.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext listening) {
        if (sweep != null) {
            sweep.cancel(false);
        }
        listening.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext listening, Object accepted) {
        if (accepted instanceof Channel channel && channel.remoteAddress() instanceof InetSocketAddress from) {
            Watch watch = new Watch(channel);
            Connection connection = connections.admit(from.getAddress(), watch::close);
            channel.attr(CONNECTION).set(connection);
            channel.closeFuture().addListener((ChannelFutureListener) closed -> connections.closed(connection));
            channel.pipeline().addLast(watch);
        }
        listening.fireChannelRead(accepted);
    }

    /** First handler of an accepted connection, below TLS. */
    private final class Watch extends ChannelInboundHandlerAdapter {
        private final Channel channel;
        private volatile boolean closing;

        Watch(Channel channel) {
            this.channel = channel;
        }

        /** A connection without an event loop can't be closed yet; it is closed when it becomes active. */
        void close() {
            closing = true;
            if (channel.isRegistered()) {
                ChannelFuture unused = channel.close();
            }
        }

        @Override
        public void channelActive(ChannelHandlerContext next) {
            if (closing) {
                ChannelFuture unused = next.close();
            } else {
                next.fireChannelActive();
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext next, Object bytes) {
            connections.bytesCame(channel.attr(CONNECTION).get());
            next.fireChannelRead(bytes);
        }
    }
}
