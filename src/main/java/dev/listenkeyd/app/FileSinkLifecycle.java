package dev.listenkeyd.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.listenkeyd.config.Settings;
import dev.listenkeyd.notify.sink.DiskFiles;
import dev.listenkeyd.notify.sink.FileSink;
import dev.listenkeyd.notify.sink.FileSinks;
import dev.listenkeyd.notify.sink.KeyState;
import dev.listenkeyd.notify.sink.SinkContext;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.telemetry.SinkTelemetry;
import dev.listenkeyd.view.KeyView;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The files that follow listen keys, in the life of the process. */
@Singleton
class FileSinkLifecycle {
    private static final int IDLE_SECONDS = 10;

    /** Apart from all other threads: a disk that hangs keeps one for each of its files, and no call of the exchange waits. */
    private final ExecutorService executor = new ThreadPoolExecutor(
            0, FileSinks.MOST, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), FileSinkLifecycle::thread);

    private final Provider<FileSinks> sinks;
    private final SinkTelemetry telemetry;
    private final ObjectMapper json;
    private final String streamPrefix;
    /** Null before the start. */
    private volatile @Nullable FileSinks running;

    FileSinkLifecycle(Provider<FileSinks> sinks, SinkTelemetry telemetry, ObjectMapper json, Settings settings) {
        this.sinks = sinks;
        this.telemetry = telemetry;
        this.json = json;
        this.streamPrefix = settings.exchange().streamUrl();
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "file sink");
        // A write that hangs must not keep the process from its end.
        thread.setDaemon(true);
        return thread;
    }

    /** @param leases a provider, since their changes are told to the sinks */
    @Produces
    @Singleton
    FileSinks sinks(Settings settings, Provider<Leases> leases, InstantSource clock, LongSupplier nanoTime) {
        return new FileSinks(
                settings.sinks(),
                new DiskFiles(),
                account -> leases.get().find(account),
                this::content,
                new SinkContext(
                        clock, nanoTime, executor, telemetry, settings.policy().ttl()));
    }

    private byte[] content(FileSink sink, KeyState state) {
        KeyState.LiveKey live = state.live();
        if (sink.isRawKey()) {
            return (live == null ? "" : live.value().reveal()).getBytes(UTF_8);
        }
        try {
            Object body = live == null
                    ? json.createObjectNode()
                            .put("account", state.account())
                            .putNull("listenKey")
                            .put("generation", state.generation())
                            .putNull("expiresAt")
                            .putNull("streamUrl")
                    : KeyView.of(state.account(), live.value(), state.generation(), live.expiresAt(), streamPrefix);
            return (json.writeValueAsString(body) + "\n").getBytes(UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a key that can't be written as JSON", e);
        }
    }

    /** Writes all files as things stand, when the leases are restored. */
    void start(Heartbeat heartbeat) {
        FileSinks all = sinks.get();
        if (!all.all().isEmpty()) {
            telemetry.show(all);
            running = all;
            all.tick();
            heartbeat.every(Heartbeat.EVERY_SECOND, "file sinks", all::tick);
        }
    }

    boolean isSettled() {
        FileSinks all = running;
        return all == null || all.isSettled();
    }

    /** Writes no more. The files stay as they are: their keys live until the deadlines in them. */
    void stop() {
        executor.shutdown();
        telemetry.hide();
    }
}
