package dev.listenkeyd.sandbox;

import dev.listenkeyd.sandbox.ExchangeRules.Stream;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.Function;

/** The messages of one connection, step by step: its key decides, and a key that has ended never comes back. */
final class StreamSession {
    static final Duration STEP = Duration.ofMillis(250);
    static final Duration UPDATE_EVERY = Duration.ofSeconds(3);
    static final Duration PING_EVERY = Duration.ofMinutes(3);

    private final InstantSource clock;
    private final Function<String, Stream> rules;
    private final String key;
    private final Consumer<String> messages;
    private final Consumer<Buffer> pings;
    private Stream carries;
    private Instant nextUpdate;
    private Instant nextPing;

    /**
     * @param rules what the stream of a key carries now
     * @param key that the connection came with
     * @param messages sends a text message
     * @param pings sends a ping
     */
    StreamSession(
            InstantSource clock,
            Function<String, Stream> rules,
            String key,
            Consumer<String> messages,
            Consumer<Buffer> pings) {
        this.clock = clock;
        this.rules = rules;
        this.key = key;
        this.messages = messages;
        this.pings = pings;
        this.carries = rules.apply(key);
        Instant now = clock.instant();
        this.nextUpdate = now.plus(UPDATE_EVERY);
        this.nextPing = now.plus(PING_EVERY);
    }

    /** Sends what is due. */
    void step() {
        Instant now = clock.instant();
        if (!now.isBefore(nextPing)) {
            nextPing = now.plus(PING_EVERY);
            pings.accept(Buffer.buffer("sandbox"));
        }
        if (carries != Stream.EVENTS) {
            return;
        }
        carries = rules.apply(key);
        if (carries == Stream.EXPIRED) {
            messages.accept(
                    "{\"e\":\"listenKeyExpired\",\"E\":\"" + now.toEpochMilli() + "\",\"listenKey\":\"" + key + "\"}");
        } else if (carries == Stream.EVENTS && !now.isBefore(nextUpdate)) {
            nextUpdate = now.plus(UPDATE_EVERY);
            messages.accept(update(now));
        }
    }

    /** Invented, in the form of the exchange's own. */
    private static String update(Instant now) {
        return "{\"e\":\"ACCOUNT_UPDATE\",\"E\":" + now.toEpochMilli()
                + ",\"a\":{\"B\":[{\"a\":\"USDT\",\"wb\":\"1000\"}],\"P\":[]}}";
    }
}
