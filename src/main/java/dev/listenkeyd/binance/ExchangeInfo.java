package dev.listenkeyd.binance;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Reads the request weight limit from an exchangeInfo, and skips all the contracts that it lists. */
final class ExchangeInfo {
    private static final String LIMITS = "rateLimits";

    /** Several times the size of all contracts, which are skipped. */
    private static final long MAX_BYTES = 16L * 1024 * 1024;

    /** The longest name, text or number in the documented reply has 30 characters. */
    private static final int MAX_TOKEN_CHARS = 1024;

    private static final int MAX_DEPTH = 32;

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxDocumentLength(MAX_BYTES)
                    .maxNameLength(MAX_TOKEN_CHARS)
                    .maxStringLength(MAX_TOKEN_CHARS)
                    .maxNumberLength(MAX_TOKEN_CHARS)
                    .maxNestingDepth(MAX_DEPTH)
                    .build())
            // A hostile reply may make up any number of names.
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            // Closing would read the rest of the reply, however long it is.
            .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
            .build()
            .setCodec(new JsonMapper());

    private ExchangeInfo() {}

    /**
     * Skips everything but the limits, and keeps nothing else in memory.
     *
     * @return an object with the member {@code rateLimits} and no other, at most {@link Reply#MAX_BODY_BYTES} long; null
     *     when the body has no such member or is not the documented JSON
     * @throws IOException when the body broke off
     */
    static @Nullable String excerpt(InputStream body) throws IOException {
        try (JsonParser parser = JSON.createParser(body)) {
            return isAtLimits(parser) ? "{\"" + LIMITS + "\":" + copy(parser) + "}" : null;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    /** Moves to the value of the member that holds the limits; false when there is none. */
    private static boolean isAtLimits(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            return false;
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            boolean found = LIMITS.equals(parser.currentName());
            parser.nextToken();
            if (found) {
                return true;
            }
            parser.skipChildren();
        }
        return false;
    }

    private static String copy(JsonParser parser) throws IOException {
        StringWriter copy = new StringWriter();
        try (JsonGenerator generator = JSON.createGenerator(copy)) {
            int depth = 0;
            do {
                generator.copyCurrentEvent(parser);
                generator.flush();
                if (copy.getBuffer().length() > Reply.MAX_BODY_BYTES - MAX_TOKEN_CHARS) {
                    throw new StreamConstraintsException("more limits than there can be");
                }
                JsonToken token = parser.currentToken();
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
            } while (depth > 0 && parser.nextToken() != null);
        }
        return copy.toString();
    }

    /**
     * The request weight that one IP may use in a window of this length: the smallest of all that are named. A limit for
     * a longer interval counts in proportion, one for a shorter interval in full: so neither is ever passed.
     *
     * @param body as {@link #excerpt} makes it
     * @return at least 1; null when the body names no such limit, or is not the documented JSON
     */
    static @Nullable Integer requestWeight(@Nullable String body, Duration window) {
        if (body == null) {
            return null;
        }
        try (JsonParser parser = JSON.createParser(body)) {
            return isAtLimits(parser) ? smallest(parser.readValueAsTree(), window) : null;
        } catch (IOException e) {
            return null;
        }
    }

    private static @Nullable Integer smallest(JsonNode rateLimits, Duration window) {
        Integer smallest = null;
        for (JsonNode rateLimit : rateLimits) {
            Integer weight = rateLimit.path("rateLimitType").asText().equals("REQUEST_WEIGHT")
                    ? weight(rateLimit, window)
                    : null;
            if (weight != null && (smallest == null || weight < smallest)) {
                smallest = weight;
            }
        }
        return smallest;
    }

    private static @Nullable Integer weight(JsonNode rateLimit, Duration window) {
        Duration unit = unit(rateLimit.path("interval").asText());
        long count = rateLimit.path("intervalNum").asLong(0);
        long limit = rateLimit.path("limit").asLong(0);
        if (unit == null || count < 1 || count > Integer.MAX_VALUE || limit < 1) {
            return null;
        }
        double share = Math.min(1, (double) window.toMillis() / (unit.toMillis() * count));
        return (int) Math.max(1, Math.min(Integer.MAX_VALUE, limit * share));
    }

    private static @Nullable Duration unit(String interval) {
        return switch (interval) {
            case "SECOND" -> ChronoUnit.SECONDS.getDuration();
            case "MINUTE" -> ChronoUnit.MINUTES.getDuration();
            case "HOUR" -> ChronoUnit.HOURS.getDuration();
            case "DAY" -> ChronoUnit.DAYS.getDuration();
            default -> null;
        };
    }
}
