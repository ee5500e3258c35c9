package dev.listenkeyd.notify.webhook;

import dev.listenkeyd.notify.WebhookSender.Answer;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** One call to a webhook. It is over when the answer has come, or too much of it, or {@link #end} is called. Thread-safe. */
final class WebhookCall {
    private static final int SUCCESS = 200;
    private static final int REDIRECTION = 300;

    private final Buffer body;
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();
    private @Nullable HttpClientRequest request;
    private @Nullable Integer status;
    private int received;

    WebhookCall(Buffer body) {
        this.body = body;
    }

    /** Never fails. */
    CompletableFuture<Answer> answer() {
        return answer;
    }

    /** Sends the body over a connection. */
    synchronized void begin(HttpClientRequest connected) {
        request = connected;
        if (answer.isDone()) {
            connected.reset();
            return;
        }
        connected.exceptionHandler(this::failed);
        connected.send(body).onSuccess(this::answered).onFailure(this::failed);
    }

    private synchronized void answered(HttpClientResponse response) {
        status = response.statusCode();
        response.exceptionHandler(broken -> end());
        response.endHandler(done -> end());
        response.handler(bytes -> {
            received += bytes.length();
            if (received > WebhookClient.MOST_BODY_BYTES) {
                end();
            }
        });
    }

    /** Ends the call with what is known by now, and closes its connection. */
    synchronized void end() {
        end(null);
    }

    synchronized void failed(Throwable failure) {
        end(failure);
    }

    private void end(@Nullable Throwable failure) {
        if (answer.isDone()) {
            return;
        }
        if (status != null) {
            answer.complete(new Answer(status >= SUCCESS && status < REDIRECTION, "HTTP " + status));
        } else if (failure != null) {
            answer.complete(new Answer(false, describe(failure)));
        } else {
            answer.complete(new Answer(false, "no answer within " + WebhookClient.CALL_TIMEOUT.toSeconds() + " s"));
        }
        // Last, since it is reported as a failure of the call.
        if (request != null) {
            request.reset();
        }
    }

    /** Not its message, which may hold the address with a password. */
    private static String describe(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnknownHostException) {
                return "unknown host";
            }
            if (cause instanceof SSLException) {
                return "no TLS, or a certificate that is not trusted";
            }
            if (cause instanceof ConnectException) {
                return "can't connect";
            }
        }
        return "the connection broke (" + failure.getClass().getSimpleName() + ")";
    }
}
