package dev.listenkeyd.binance.stream;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads the only thing of a message that matters here. All else in it is the account's private business. */
final class StreamMessage {
    private static final String EXPIRED = "listenKeyExpired";

    /** Keeps neither names nor buffers of what it has read. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
            .build();

    private StreamMessage() {}

    /** The key that has expired, as this message says; null for every other message. */
    static @Nullable String expiredKey(String message) {
        try (JsonParser parser = JSON.createParser(message)) {
            return parser.nextToken() == JsonToken.START_OBJECT ? expiredKey(parser) : null;
        } catch (IOException e) {
            // Not JSON, or deeper than anything that the exchange sends.
            return null;
        }
    }

    private static @Nullable String expiredKey(JsonParser parser) throws IOException {
        String key = null;
        boolean expired = false;
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            JsonToken value = parser.nextToken();
            if (name.equals("e")) {
                expired = value == JsonToken.VALUE_STRING && EXPIRED.equals(parser.getText());
                if (!expired) {
                    return null;
                }
            } else if (name.equals("listenKey") && value == JsonToken.VALUE_STRING) {
                key = parser.getText();
            }
            if (expired && key != null) {
                return key;
            }
            parser.skipChildren();
        }
        return null;
    }
}
