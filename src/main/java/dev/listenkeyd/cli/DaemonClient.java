package dev.listenkeyd.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Calls the API of a daemon. */
final class DaemonClient {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    /** The longest silence while an answer is awaited that the daemon does not hold back; all of it has twice this time. */
    static final Duration READ = Duration.ofSeconds(15);

    /** The daemon has too many subscribers, or does not yet know its leases: both pass. */
    static final Set<String> PASSING = Set.of("busy", "store-unavailable");

    /** Above 1,000 leases with many holders each. */
    private static final int MAX_BODY_BYTES = 32 * 1024 * 1024;

    private static final int MAX_PROBLEM_BYTES = 64 * 1024;
    private static final int MAX_DETAIL = 500;

    static {
        // Java would send a POST a second time when the connection ends without an answer: two attempts at the
        // exchange.
        System.setProperty("sun.net.http.retryPost", "false");
    }

    private final Endpoint endpoint;

    DaemonClient(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** A successful answer. */
    record Answer(String text, JsonNode json) {}

    /** Another answer than success. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final int status;
        private final String code;

        private Refused(int status, String code, String message) {
            super(message);
            this.status = status;
            this.code = code;
        }

        boolean is(Set<String> codes) {
            return codes.contains(code);
        }

        CommandFailed failed() {
            String text = String.valueOf(getMessage());
            return switch (status) {
                case 400 -> CommandFailed.usage(text);
                case 401, 403 -> new CommandFailed(ExitCode.NOT_ALLOWED, text);
                // A 404 of another server says nothing about accounts.
                case 404 -> new CommandFailed(code.isEmpty() ? ExitCode.FAILURE : ExitCode.NOT_FOUND, text);
                default -> new CommandFailed(ExitCode.FAILURE, text);
            };
        }
    }

    Answer get(String path, Duration patience) {
        return call("GET", path, patience);
    }

    /** Makes a call without a body. */
    Answer call(String method, String path, Duration patience) {
        return exchange(method, path, null, patience);
    }

    /** @param json the body */
    Answer post(String path, String json, Duration patience) {
        return exchange("POST", path, json, patience);
    }

    /**
     * @throws Refused for any answer but success
     * @throws CommandFailed when no answer comes
     */
    private Answer exchange(String method, String path, @Nullable String json, Duration patience) {
        byte[] body;
        try {
            body = inTime(patience, () -> body(method, path, json, patience));
        } catch (IOException e) {
            throw unreachable(e);
        }
        try {
            return new Answer(new String(body, StandardCharsets.UTF_8).strip(), Json.read(body));
        } catch (IOException e) {
            // The parser's own message would quote the text, which may be a key.
            throw new CommandFailed(ExitCode.FAILURE, endpoint + " answers, but not as listenkeyd does");
        }
    }

    /**
     * The result of a call, made by a thread of its own: the timeout of a connection is one of each read, so a server that sends a
     * byte now and then would never meet it.
     */
    private static <T> T inTime(Duration patience, Callable<T> call) throws IOException {
        FutureTask<T> task = new FutureTask<>(call);
        Thread thread = new Thread(task, "call");
        // The command ends without it.
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get(2 * patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new SocketTimeoutException();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        } catch (ExecutionException e) {
            Throwable why = e.getCause();
            if (why instanceof RuntimeException failure) {
                throw failure;
            }
            throw why instanceof IOException failure ? failure : new IOException(why);
        }
    }

    private byte[] body(String method, String path, @Nullable String json, Duration patience) throws IOException {
        HttpURLConnection connection = connect(path, patience);
        try {
            connection.setRequestMethod(method);
            connection.setRequestProperty("Accept", "application/json");
            if (json != null) {
                connection.setDoOutput(true);
                connection.setRequestProperty("Content-Type", "application/json");
                connection.getOutputStream().write(json.getBytes(StandardCharsets.UTF_8));
            }
            requireSuccess(connection);
            return bounded(connection.getInputStream(), MAX_BODY_BYTES);
        } finally {
            connection.disconnect();
        }
    }

    /**
     * Opens a stream of events.
     *
     * @param lastEventId null for none
     * @param silence the longest time between two bytes
     * @throws IOException when no answer comes
     * @throws Refused for any answer but success
     */
    InputStream events(String path, @Nullable String lastEventId, Duration silence) throws IOException {
        HttpURLConnection connection = connect(path, silence);
        connection.setRequestProperty("Accept", "text/event-stream");
        if (lastEventId != null) {
            connection.setRequestProperty("Last-Event-ID", lastEventId);
        }
        return inTime(silence, () -> {
            requireSuccess(connection);
            return connection.getInputStream();
        });
    }

    private HttpURLConnection connect(String path, Duration patience) throws IOException {
        // Keys and tokens never pass through a proxy.
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(endpoint.base() + path).toURL().openConnection(Proxy.NO_PROXY);
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setConnectTimeout((int) CONNECT.toMillis());
        connection.setReadTimeout((int) patience.toMillis());
        connection.setRequestProperty("User-Agent", "listenkeyd");
        if (endpoint.token() != null) {
            connection.setRequestProperty("Authorization", "Bearer " + endpoint.token());
        }
        return connection;
    }

    private void requireSuccess(HttpURLConnection connection) throws IOException {
        int status = connection.getResponseCode();
        if (status / 100 == 2) {
            return;
        }
        JsonNode problem;
        try (InputStream stream = connection.getErrorStream()) {
            problem = Json.read(stream == null ? new byte[0] : bounded(stream, MAX_PROBLEM_BYTES));
        } catch (IOException e) {
            throw new Refused(status, "", endpoint + " answers HTTP " + status + "; is it listenkeyd?");
        }
        String code = problem.path("code").asText("");
        String detail = DisplayText.cut(DisplayText.line(problem.path("detail").asText("")), MAX_DETAIL);
        String hint = status == 401 && endpoint.token() == null
                ? "; set " + Endpoint.TOKEN + " or " + Endpoint.TOKEN_FILE
                : "";
        throw new Refused(status, code, detail + " (" + DisplayText.line(code) + ")" + hint);
    }

    /** The failure of a call that got no answer. */
    CommandFailed unreachable(IOException e) {
        if (e instanceof SSLException) {
            return new CommandFailed(
                    ExitCode.FAILURE,
                    endpoint + ": TLS failed: " + DisplayText.line(String.valueOf(e.getMessage()))
                            + "; authorities of your own: -Djavax.net.ssl.trustStore");
        }
        String why;
        if (e instanceof UnknownHostException) {
            why = "the name of the host is unknown";
        } else if (e instanceof SocketTimeoutException) {
            why = "no answer in time";
        } else {
            why = DisplayText.line(String.valueOf(e.getMessage()));
        }
        return new CommandFailed(ExitCode.NO_DAEMON, "no daemon answers at " + endpoint + ": " + why);
    }

    private static byte[] bounded(InputStream stream, int most) throws IOException {
        byte[] bytes = stream.readNBytes(most + 1);
        if (bytes.length > most) {
            throw new IOException("the answer is longer than " + most + " bytes");
        }
        return bytes;
    }
}
