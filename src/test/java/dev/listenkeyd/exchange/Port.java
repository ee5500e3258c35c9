package dev.listenkeyd.exchange;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** A port of this machine where HTTP is served, or for a while nothing at all. */
public final class Port implements AutoCloseable {
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpHandler handler;
    private final InetSocketAddress address;
    private HttpServer server;
    private @Nullable Socket placeholder;

    public Port(HttpHandler handler) {
        this.handler = handler;
        this.server = serve(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        this.address = server.getAddress();
    }

    public int number() {
        return address.getPort();
    }

    /** Refuses connections. A socket that does not listen keeps the port: nobody else may get it meanwhile. */
    public void shut() {
        server.stop(0);
        Socket keeper = new Socket();
        try {
            keeper.setReuseAddress(true);
            keeper.bind(address);
        } catch (IOException e) {
            throw new IllegalStateException("the port can't be kept", e);
        }
        placeholder = keeper;
    }

    public void open() {
        free();
        server = serve(address);
    }

    @Override
    public void close() {
        server.stop(0);
        free();
        threads.shutdownNow();
    }

    private void free() {
        try {
            if (placeholder != null) {
                placeholder.close();
            }
        } catch (IOException e) {
            throw new IllegalStateException("the port can't be freed", e);
        }
    }

    private HttpServer serve(InetSocketAddress where) {
        try {
            HttpServer started = HttpServer.create(where, 0);
            started.createContext("/", handler);
            started.setExecutor(threads);
            started.start();
            return started;
        } catch (IOException e) {
            throw new IllegalStateException("no stand-in for the exchange", e);
        }
    }
}
