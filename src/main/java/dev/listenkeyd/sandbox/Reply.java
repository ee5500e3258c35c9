package dev.listenkeyd.sandbox;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A reply of the exchange.
 *
 * @param status 0 closes the connection without a reply
 * @param headers a body without Content-Type is JSON
 */
public record Reply(int status, String body, Map<String, String> headers) {
    public static final Reply DROPPED = of(0, "");
    public static final Reply DONE = of(200, "{}");
    public static final Reply NO_ACTIVE_KEY = error(400, -1125, "This listenKey does not exist.");
    public static final Reply UNAVAILABLE = error(503, -1001, "Internal error; unable to process.");
    public static final Reply REFUSED = error(401, -2015, "Invalid API-key, IP, or permissions for action.");
    public static final Reply NO_API_KEY = error(400, -2014, "API-key format invalid.");

    /** The page of a firewall, which names no end of the pause. */
    public static final Reply BLOCKED = page(403);

    /** The page of a proxy or a portal in place of the exchange. */
    public static final Reply GARBLED = page(200);

    public static Reply of(int status, String json) {
        return new Reply(status, json, Map.of());
    }

    public static Reply error(int status, int code, String message) {
        return of(status, "{\"code\":" + code + ",\"msg\":\"" + message + "\"}");
    }

    /** The reply to a POST. */
    public static Reply named(ExchangeRules.IssuedKey key) {
        return of(
                200,
                "{\"listenKey\":\"" + key.value() + "\",\"expiration\":"
                        + key.expiresAt().toEpochMilli() + "}");
    }

    /** The reply to a PUT or a DELETE. */
    public static Reply done(ExchangeRules.@Nullable IssuedKey key) {
        return key == null ? NO_ACTIVE_KEY : DONE;
    }

    /** The reply to the question for the weight per minute. */
    public static Reply limit(int weight) {
        return of(
                200,
                "{\"timezone\":\"UTC\",\"rateLimits\":[{\"rateLimitType\":\"REQUEST_WEIGHT\",\"interval\":\"MINUTE\","
                        + "\"intervalNum\":1,\"limit\":" + weight + "}]}");
    }

    public static Reply throttled(Duration retryAfter) {
        Reply reply = error(429, -1003, "Too many requests.");
        return new Reply(reply.status, reply.body, Map.of("Retry-After", Long.toString(retryAfter.toSeconds())));
    }

    public static Reply banned(Instant until) {
        return error(418, -1003, "Way too many requests; IP banned until " + until.toEpochMilli() + ".");
    }

    public String contentType() {
        return headers.getOrDefault("Content-Type", "application/json");
    }

    private static Reply page(int status) {
        return new Reply(
                status,
                "<html><body><h1>Not what you asked for</h1></body></html>",
                Map.of("Content-Type", "text/html"));
    }
}
