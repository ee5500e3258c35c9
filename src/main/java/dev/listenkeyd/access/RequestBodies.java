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
 * Reads the body of a call before a thread is given to it: who sends slowly, too much or half of it costs a little memory
 * and no thread, of which the renewals need theirs.
 */
@ApplicationScoped
public class RequestBodies {
    /** From the head of a call to the end of its body. */
    static final Duration LONGEST = Duration.ofSeconds(5);

    /** Below authorization, which Quarkus does at 100: nothing is kept of a call that is refused. */
    private static final int AFTER_AUTHORIZATION = 50;

    private static final String TIMER = RequestBodies.class.getName();

    private final BodyHandler reader = BodyHandler.create(false).setBodyLimit(ApiGuard.MAX_BODY_BYTES);

    void read(@Observes Filters routes) {
        routes.register(this::begin, AFTER_AUTHORIZATION);
        routes.register(RequestBodies::end, AFTER_AUTHORIZATION - 1);
    }

    private void begin(RoutingContext call) {
        if (call.request().isEnded()) {
            // The reader would wait for an end that has been.
            call.next();
            return;
        }
        // Or Quarkus would let it flow as soon as its first handler is there, and the end could come before the second.
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
            // Of an empty body there is no buffer, and whoever reads it next would wait for an end that has been.
            ((RoutingContextInternal) call).setBody(Buffer.buffer());
        }
        call.next();
    }

    /** Whether a body is still coming: what fails meanwhile, fails by it. */
    static boolean isReading(RoutingContext call) {
        return call.get(TIMER) != null;
    }
}
