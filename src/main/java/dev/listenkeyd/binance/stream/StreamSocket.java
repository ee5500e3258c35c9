package dev.listenkeyd.binance.stream;

import dev.listenkeyd.binance.stream.StreamConnector.Link;
import dev.listenkeyd.binance.stream.StreamConnector.Listener;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakerFactory;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import io.netty.handler.timeout.IdleStateEvent;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.impl.NetSocketInternal;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a stream, by Netty's WebSocket codec on a socket of Vert.x. Redirects and compression are not accepted;
 * replies, frames and messages are bounded. The address holds the key: it never stands in a message.
 */
final class StreamSocket extends SimpleChannelInboundHandler<Object> implements Link {
    /** Of a frame, and of a message made of several. */
    static final int MAX_MESSAGE_BYTES = 64 * 1024;

    private static final int MAX_STATUS_LINE_BYTES = 4 * 1024;
    private static final int MAX_HEADER_BYTES = 8 * 1024;

    /** Of a reply that refuses the handshake. */
    private static final int MAX_REFUSAL_BYTES = 64 * 1024;

    private static final Duration CLOSING = Duration.ofSeconds(2);

    private final WebSocketClientHandshaker handshaker;
    private final Duration patience;
    private final Listener listener;

    /** This handler's place. Closing from there passes by Vert.x, which waits until a peer that does not read has read all. */
    private volatile @Nullable ChannelHandlerContext place;

    private volatile boolean closing;

    /** The rest is for the thread of the channel alone. */
    private boolean open;

    private boolean over;
    private @Nullable String why;

    /** @param patience for the handshake */
    StreamSocket(URI address, Duration patience, Listener listener) {
        this.patience = patience;
        this.listener = listener;
        this.handshaker = WebSocketClientHandshakerFactory.newHandshaker(
                address,
                WebSocketVersion.V13,
                null,
                false,
                new DefaultHttpHeaders().set(HttpHeaderNames.USER_AGENT, "listenkeyd"),
                MAX_MESSAGE_BYTES,
                true,
                false,
                CLOSING.toMillis(),
                false,
                // A browser's header, which the sandbox refuses.
                false);
    }

    /** The connection is there, TLS included: the handshake begins. */
    void connected(NetSocket socket) {
        ChannelHandlerContext last = ((NetSocketInternal) socket).channelHandlerContext();
        Channel connected = last.channel();
        last.pipeline()
                .addBefore(
                        last.name(),
                        "http",
                        new HttpClientCodec(MAX_STATUS_LINE_BYTES, MAX_HEADER_BYTES, MAX_MESSAGE_BYTES))
                .addBefore(last.name(), "reply", new HttpObjectAggregator(MAX_REFUSAL_BYTES))
                .addBefore(last.name(), "stream", this);
        Future<?> late = connected.eventLoop().schedule(this::isLate, patience.toMillis(), TimeUnit.MILLISECONDS);
        ChannelFuture unused = connected.closeFuture().addListener(closed -> {
            late.cancel(false);
            // After all that the codec still has to say about the end.
            connected.eventLoop().execute(this::over);
        });
        if (closing) {
            end("closed");
        } else {
            unused = handshaker.handshake(connected);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        place = context;
    }

    /** There is no connection. */
    void failed(Throwable cause) {
        end(describe(cause));
        over();
    }

    private void isLate() {
        if (!open) {
            end("no handshake in time");
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, Object message) {
        if (why != null) {
            if (message instanceof CloseWebSocketFrame) {
                closeAt(context);
            }
            return;
        }
        if (message instanceof FullHttpResponse reply) {
            handshake(context, reply);
        } else if (message instanceof TextWebSocketFrame text) {
            listener.message(text.text());
        } else if (message instanceof PingWebSocketFrame ping) {
            answer(context, ping);
        } else if (message instanceof CloseWebSocketFrame close) {
            why = "closed";
            send(context, close.retain());
            closeAt(context);
        }
    }

    private void handshake(ChannelHandlerContext context, FullHttpResponse reply) {
        if (reply.decoderResult().isFailure()) {
            end("a malformed reply");
            return;
        }
        if (!reply.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
            end("HTTP " + reply.status().code());
            return;
        }
        handshaker.finishHandshake(context.channel(), reply);
        context.pipeline().addBefore(context.name(), "messages", new WebSocketFrameAggregator(MAX_MESSAGE_BYTES));
        open = true;
        listener.opened();
    }

    private void answer(ChannelHandlerContext context, PingWebSocketFrame ping) {
        if (context.channel().isWritable()) {
            send(context, new PongWebSocketFrame(ping.content().retain()));
        } else {
            // Further answers would pile up.
            end("the peer does not read");
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof IdleStateEvent) {
            end("silent for too long");
        } else {
            context.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        end(describe(cause));
    }

    /** Ends the connection without another word. The first reason is the cause of the others. */
    private void end(String reason) {
        why = why == null ? reason : why;
        ChannelHandlerContext context = place;
        if (context != null) {
            closeAt(context);
        }
    }

    private void over() {
        if (!over) {
            over = true;
            listener.ended(why == null ? "closed" : why);
        }
    }

    @Override
    public void close() {
        closing = true;
        ChannelHandlerContext context = place;
        if (context != null) {
            context.executor().execute(() -> {
                if (open && why == null) {
                    part(context, new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE));
                } else {
                    end("closed");
                }
            });
        }
    }

    /** Ends an open connection in order: the peer answers, or runs out of time. */
    private void part(ChannelHandlerContext context, CloseWebSocketFrame frame) {
        why = "closed";
        send(context, frame);
        Future<?> unused =
                context.executor().schedule(() -> closeAt(context), CLOSING.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static void send(ChannelHandlerContext context, WebSocketFrame frame) {
        ChannelFuture unused = context.writeAndFlush(frame);
    }

    private static void closeAt(ChannelHandlerContext context) {
        ChannelFuture unused = context.close();
    }

    /** In words that hold nothing of the peer and no address. */
    private static String describe(Throwable broken) {
        if (broken instanceof SSLException || broken.getCause() instanceof SSLException) {
            return "no TLS connection, or a certificate that is not trusted";
        }
        if (broken instanceof ConnectException) {
            return "can't connect";
        }
        if (broken instanceof WebSocketHandshakeException) {
            return "no WebSocket";
        }
        if (broken instanceof CodecException) {
            return "malformed or too large";
        }
        return broken.getClass().getSimpleName();
    }
}
