package dev.listenkeyd.access;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.impl.RoutingContextInternal;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;

/**
 * Reads the body of a call before a worker thread serves it. So a body that comes slowly, or never completely, costs a little
 * memory and no thread; renewals need the threads.
 */
@ApplicationScoped
public class RequestBodies {
    /** The longest time from the head of a call to the end of its body. */
    static final Duration LONGEST = Duration.ofSeconds(5);

    /** Quarkus authorizes at 100: the body of a refused call is not kept. */
    private static final int AFTER_AUTHORIZATION = 50;

    private static final String TIMER = RequestBodies.class.getName();

    private final BodyHandler reader = BodyHandler.create(false).setBodyLimit(ApiGuard.MAX_BODY_BYTES);

    void read(@Observes Filters routes) {
        routes.register(this::begin, AFTER_AUTHORIZATION);
        routes.register(RequestBodies::end, AFTER_AUTHORIZATION - 1);
    }

    private void begin(RoutingContext call) {
        if (call.request().isEnded()) {
            // The reader would wait for an end that has passed.
            call.next();
            return;
        }
        // Else Quarkus resumes it with the first handler, and the end could come before the second one.
        call.request().pause();
        long timer = call.vertx().setTimer(LONGEST.toMillis(), late -> call.fail(408));
        call.put(TIMER, timer);
        call.addEndHandler(over -> call.vertx().cancelTimer(timer));
        reader.handle(call);
    }

    private static void end(RoutingContext call) {
        Long timer = call.remove(TIMER);
        if (timer != null) {
            call.vertx().cancelTimer(timer);
        }
        if (call.request().isEnded() && call.body().buffer() == null) {
            // Without a buffer the next reader would wait for an end that has passed.
            ((RoutingContextInternal) call).setBody(Buffer.buffer());
        }
        call.next();
    }

    /** Whether the body is still being read: a failure meanwhile is a failure of the body. */
    static boolean isReading(RoutingContext call) {
        return call.get(TIMER) != null;
    }
}
