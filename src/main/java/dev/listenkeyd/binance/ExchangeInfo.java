package dev.listenkeyd.binance;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Reads the one thing that matters of {@code GET /eapi/v1/exchangeInfo}, past all the contracts that it lists. */
final class ExchangeInfo {
    private static final JsonFactory JSON = new JsonMapper().getFactory();

    private ExchangeInfo() {}

    /**
     * The request weight that one IP may use in a window of this length: the smallest of all that are named. A limit for
     * a longer interval counts in proportion, one for a shorter interval in full: so neither is ever passed.
     *
     * @return at least 1; null when the body names no such limit, or is not the documented JSON
     */
    static @Nullable Integer requestWeight(@Nullable String body, Duration window) {
        if (body == null) {
            return null;
        }
        try (JsonParser parser = JSON.createParser(body)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                if (name.equals("rateLimits")) {
                    return smallest(parser.readValueAsTree(), window);
                }
                parser.skipChildren();
            }
            return null;
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
