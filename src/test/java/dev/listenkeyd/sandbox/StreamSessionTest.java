package dev.listenkeyd.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.sandbox.ExchangeRules.Stream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a connection to the sandbox's stream gets, in virtual time. */
class StreamSessionTest {
    private static final String EXPIRED =
            "{\"e\":\"listenKeyExpired\",\"E\":\"1793534400000\",\"listenKey\":\"the-key\"}";

    private Instant now = Instant.parse("2026-11-01T12:00:00Z");
    private Stream carries = Stream.EVENTS;
    private final List<String> messages = new ArrayList<>();
    private int pings;

    @Test
    void updatesComeWhileTheKeyIsActive() {
        StreamSession session = connect();

        advance(session, StreamSession.UPDATE_EVERY.minusMillis(1));
        assertThat(messages).isEmpty();
        advance(session, Duration.ofMillis(1));
        assertThat(messages).singleElement().asString().contains("\"e\":\"ACCOUNT_UPDATE\"");
        advance(session, StreamSession.UPDATE_EVERY);
        assertThat(messages).hasSize(2);
    }

    @Test
    void theEndOfTheKeyIsSaidOnceAndThenNothing() {
        StreamSession session = connect();

        carries = Stream.EXPIRED;
        session.step();
        advance(session, StreamSession.UPDATE_EVERY);

        assertThat(messages).containsExactly(EXPIRED);
    }

    @Test
    void aReplacedKeyIsSilentAndPinged() {
        StreamSession session = connect();

        carries = Stream.SILENCE;
        session.step();
        // Whatever becomes of the account, this connection came with a key that is over.
        carries = Stream.EVENTS;
        advance(session, StreamSession.PING_EVERY.minusMillis(1));
        assertThat(pings).isZero();
        advance(session, Duration.ofMillis(1));

        assertThat(messages).isEmpty();
        assertThat(pings).isOne();
    }

    @Test
    void aKeyThatHadEndedBeforeIsSilent() {
        carries = Stream.EXPIRED;
        StreamSession session = connect();

        advance(session, StreamSession.UPDATE_EVERY);

        assertThat(messages).isEmpty();
    }

    private StreamSession connect() {
        return new StreamSession(() -> now, key -> carries, "the-key", messages::add, ping -> pings++);
    }

    private void advance(StreamSession session, Duration by) {
        now = now.plus(by);
        session.step();
    }
}
