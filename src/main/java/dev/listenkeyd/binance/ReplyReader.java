package dev.listenkeyd.binance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.listenkeyd.binance.ExchangeCalls.Call;
import dev.listenkeyd.encoding.StrictJson;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Failed;
import dev.listenkeyd.lease.RenewalOutcome.Paused;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.lease.Secret;
import java.time.Instant;
import java.util.Collection;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Turns a reply into exactly one outcome: by HTTP status first, then by the exchange's code, since error tables differ per
 * product and the status of a code is not fixed. A "banned until" text counts beside a status and a code of a ban only:
 * anybody can write one.
 */
final class ReplyReader {
    private static final int NO_ACTIVE_KEY = -1125;
    private static final int OVERLOADED_OR_LIMITED = -1008;
    private static final Set<Integer> REFUSED = Set.of(-2014, -2015, -1002, -2017, -5002, -5009, -6062);
    private static final Set<Integer> BACKEND = Set.of(-1001, -1006, -1007, OVERLOADED_OR_LIMITED, -1016, -4078);
    private static final Set<Integer> LIMITED = Set.of(-1003, -1015);
    private static final Set<Integer> BAN_CODES = Set.of(-1003, -1015, OVERLOADED_OR_LIMITED);
    private static final Set<Integer> BAN_STATUSES = Set.of(403, 418, 429);
    private static final Set<Integer> MALFORMED = Set.of(-1101, -1102, -1103, -1104, -1105, -1106, -1021, -1022, -1130);

    private static final Pattern LISTEN_KEY = Pattern.compile("[A-Za-z0-9_-]{1,256}");
    private static final Pattern WEIGHT_TEXT = Pattern.compile("(?i)weight|too many");

    private ReplyReader() {}

    /** The content of an error body; the message is not yet fit to be logged. */
    private record Complaint(@Nullable Integer code, String message) {
        boolean hasCode(Set<Integer> codes) {
            return code != null && codes.contains(code);
        }

        boolean hasCode(int other) {
            return code != null && code == other;
        }
    }

    /**
     * @param sentAt the instant before the request left
     * @param now when the reply was complete
     * @param secrets that went with the call: the reply may echo them
     */
    static RenewalOutcome read(Call call, Reply reply, Instant sentAt, Instant now, Collection<Secret> secrets) {
        JsonNode json = parse(reply.body());
        if (reply.status() == 200) {
            return success(call, json, sentAt, now);
        }
        Complaint complaint = complaint(json);
        Reason reason = reasonOf(reply.status(), complaint);
        String message = LogSanitizer.of(complaint.message(), secrets);
        Failure failure = new Failure(now, reason, reply.status(), complaint.code(), message);
        return switch (reason) {
            case THROTTLED -> new Paused(failure, RetryAfter.afterLimit(reply, now));
            case BANNED -> new Paused(failure, RetryAfter.afterBan(reply, banEnd(reply.status(), complaint), now));
            case BLOCKED -> new Paused(failure, RetryAfter.afterBlock(reply, now));
            case UNREACHABLE, CREDENTIALS_REFUSED, NO_ACTIVE_KEY, BAD_REQUEST, GARBLED, GONE, BUDGET ->
                new Failed(failure);
        };
    }

    private static RenewalOutcome success(Call call, @Nullable JsonNode json, Instant sentAt, Instant now) {
        if (json == null || !json.isObject() || json.has("code")) {
            return garbled(now, "a 200 that is not the documented JSON");
        }
        // Empty for a number or a boolean.
        String key = Objects.requireNonNullElse(json.path("listenKey").textValue(), "");
        if (call != Call.CLOSE && LISTEN_KEY.matcher(key).matches()) {
            return new Confirmed(sentAt, new Secret(key), expiration(json.path("expiration")));
        }
        // PUT and DELETE answer {}, perhaps one day with the expiration; a POST that names no key has told nothing.
        boolean known = json.isEmpty() || (json.size() == 1 && expiration(json.path("expiration")) != null);
        boolean documented = call != Call.ACTIVE_KEY && known;
        return documented ? new Renewed(sentAt) : garbled(now, "a 200 without the documented members");
    }

    private static Failed garbled(Instant now, String message) {
        return new Failed(new Failure(now, Reason.GARBLED, 200, null, message));
    }

    /** Epoch milliseconds, as number or string; optional, so that anything else counts as absent. */
    private static @Nullable Instant expiration(JsonNode expiration) {
        long millis = expiration.asLong(0);
        return millis > 0 ? Instant.ofEpochMilli(millis) : null;
    }

    private static Reason reasonOf(int status, Complaint complaint) {
        if (status == 418 || banEnd(status, complaint) != null) {
            return Reason.BANNED;
        }
        if (status == 429) {
            return Reason.THROTTLED;
        }
        if (status >= 500 || status == 408) {
            return Reason.UNREACHABLE;
        }
        // Another 2xx or a redirect comes from a proxy or a portal, not from the exchange.
        Reason byCode = status < 400 ? Reason.GARBLED : byCode(complaint);
        return byCode != null ? byCode : byStatus(status);
    }

    /** The end of a ban as the exchange itself names it; null when it names none. */
    private static @Nullable Instant banEnd(int status, Complaint complaint) {
        return BAN_STATUSES.contains(status) && complaint.hasCode(BAN_CODES)
                ? RetryAfter.banEnd(complaint.message())
                : null;
    }

    private static @Nullable Reason byCode(Complaint complaint) {
        if (complaint.hasCode(NO_ACTIVE_KEY)) {
            return Reason.NO_ACTIVE_KEY;
        }
        if (complaint.hasCode(REFUSED)) {
            return Reason.CREDENTIALS_REFUSED;
        }
        boolean limited = complaint.hasCode(OVERLOADED_OR_LIMITED)
                && WEIGHT_TEXT.matcher(complaint.message()).find();
        if (complaint.hasCode(LIMITED) || limited) {
            return Reason.THROTTLED;
        }
        if (complaint.hasCode(BACKEND)) {
            return Reason.UNREACHABLE;
        }
        return complaint.hasCode(MALFORMED) ? Reason.BAD_REQUEST : null;
    }

    private static Reason byStatus(int status) {
        return switch (status) {
            case 401, 451 -> Reason.CREDENTIALS_REFUSED;
            case 403 -> Reason.BLOCKED;
            case 404, 410 -> Reason.GONE;
            default -> Reason.UNREACHABLE;
        };
    }

    private static Complaint complaint(@Nullable JsonNode json) {
        if (json == null || !json.isObject()) {
            return new Complaint(null, "not the exchange's JSON");
        }
        JsonNode code = json.path("code");
        // Codes can come as strings.
        int number = code.asInt(0);
        return new Complaint(number == 0 ? null : number, json.path("msg").asText(""));
    }

    private static @Nullable JsonNode parse(@Nullable String body) {
        if (body == null || body.isEmpty()) {
            return null;
        }
        try {
            return StrictJson.MAPPER.readTree(body);
        } catch (JsonProcessingException e) {
            return null;
        }
    }
}
