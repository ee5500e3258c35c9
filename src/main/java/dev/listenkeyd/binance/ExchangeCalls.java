package dev.listenkeyd.binance;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.listenkeyd.lease.Secret;
import io.smallrye.faulttolerance.api.Guard;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.ProcessingException;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.eclipse.microprofile.faulttolerance.CircuitBreaker;
import org.eclipse.microprofile.faulttolerance.Timeout;
import org.eclipse.microprofile.faulttolerance.exceptions.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Makes one call to the exchange, bounded in time and size. There is no retry here: the lease's schedule retries. */
@ApplicationScoped
public class ExchangeCalls {

    /** Which call. */
    enum Call {
        ACTIVE_KEY,
        EXTEND,
        CLOSE,
        /** The only large one: it lists every contract. */
        EXCHANGE_INFO
    }

    /** A call with more patience than this is bounded by the configured timeout alone. */
    private static final int LONGEST_HURRY = 30;

    /** Timeouts for calls of keys with little time left: entry i allows i + 1 seconds. */
    private final List<Guard> hurried = IntStream.rangeClosed(1, LONGEST_HURRY)
            .mapToObj(ExchangeCalls::within)
            .toList();

    private final ExchangeApi api;

    ExchangeCalls(ExchangeApi api) {
        this.api = api;
    }

    private static Guard within(int seconds) {
        return Guard.create()
                .withTimeout()
                .duration(seconds, ChronoUnit.SECONDS)
                .done()
                .build();
    }

    /**
     * Sends one call; the timeout includes the body. The circuit breaker opens only when no reply at all comes, and for no
     * longer than the smallest gap between two attempts. Timeouts don't open it: its single probe would hang, and block calls
     * that would work.
     *
     * @param apiKey not used by {@link Call#EXCHANGE_INFO}
     * @param patience how long this call may take, at least about a second; the configured timeout bounds it anyway
     * @throws IOException when no complete reply came; the call may have worked all the same
     */
    @Timeout(value = 5, unit = ChronoUnit.SECONDS)
    @CircuitBreaker(
            requestVolumeThreshold = 20,
            failureRatio = 1.0,
            delay = 1,
            delayUnit = ChronoUnit.SECONDS,
            skipOn = TimeoutException.class)
    Reply send(Call call, Secret apiKey, Duration patience) throws IOException {
        int seconds = (int) Math.max(1, Math.min(patience.toSeconds(), LONGEST_HURRY + 1));
        return seconds > LONGEST_HURRY
                ? exchange(call, apiKey)
                : hurried.get(seconds - 1).get(() -> exchangeUnchecked(call, apiKey), Reply.class);
    }

    private Reply exchangeUnchecked(Call call, Secret apiKey) {
        try {
            return exchange(call, apiKey);
        } catch (IOException e) {
            throw new ProcessingException(e);
        }
    }

    /** The connection ends with the body, or at the client's own timeout. */
    private Reply exchange(Call call, Secret apiKey) throws IOException {
        Response response = request(call, apiKey.reveal());
        return new Reply(response.getStatus(), body(call, response), headers(response));
    }

    private Response request(Call call, String apiKey) {
        return switch (call) {
            case ACTIVE_KEY -> api.activeKey(apiKey);
            case EXTEND -> api.extend(apiKey);
            case CLOSE -> api.close(apiKey);
            case EXCHANGE_INFO -> api.exchangeInfo();
        };
    }

    /** Read as it arrives, up to the bound: while nothing reads, the peer can't send. */
    private static @Nullable String body(Call call, Response response) throws IOException {
        InputStream body = response.readEntity(InputStream.class);
        if (body == null) {
            return "";
        }
        if (call == Call.EXCHANGE_INFO && response.getStatus() == 200) {
            return ExchangeInfo.excerpt(body);
        }
        byte[] bytes = body.readNBytes(Reply.MAX_BODY_BYTES + 1);
        return bytes.length > Reply.MAX_BODY_BYTES ? null : new String(bytes, UTF_8);
    }

    private static Map<String, List<String>> headers(Response response) {
        Map<String, List<String>> headers = new HashMap<>();
        response.getStringHeaders().forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values));
        return headers;
    }
}
