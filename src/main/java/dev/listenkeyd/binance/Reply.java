package dev.listenkeyd.binance;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The reply to one call, bounded.
 *
 * @param body decoded as UTF-8; null when it was larger than {@link #MAX_BODY_BYTES}; of an exchangeInfo only {@link
 *     ExchangeInfo#excerpt}
 * @param headers names in lower case
 */
record Reply(int status, @Nullable String body, Map<String, List<String>> headers) {

    /** The documented replies have under 200 bytes. */
    static final int MAX_BODY_BYTES = 64 * 1024;

    @Nullable
    String header(String lowerCaseName) {
        List<String> values = headers.getOrDefault(lowerCaseName, List.of());
        return values.isEmpty() ? null : values.get(0);
    }

    @Override
    public String toString() {
        return "HTTP " + status;
    }
}
