package dev.listenkeyd.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.sandbox.ExchangeRules.IssuedKey;
import dev.listenkeyd.sandbox.ExchangeRules.Stream;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The rules of the exchange, to the millisecond. */
class ExchangeRulesTest {
    private static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");
    private static final Duration TTL = Duration.ofMinutes(60);

    private int made;
    private final ExchangeRules rules = new ExchangeRules(TTL, account -> account + "-" + ++made);

    @Test
    void postMakesAKeyAndThenNamesAndExtendsIt() {
        assertThat(rules.post("main", NOON)).isEqualTo(new IssuedKey("main-1", NOON.plus(TTL)));
        Instant last = NOON.plus(TTL).minusMillis(1);

        assertThat(rules.post("main", last)).isEqualTo(new IssuedKey("main-1", last.plus(TTL)));
        assertThat(rules.post("other", last).value()).isEqualTo("other-2");
    }

    @Test
    void putExtendsAndNeverRevives() {
        assertThat(rules.put("main", NOON)).isNull();
        rules.post("main", NOON);
        Instant last = NOON.plus(TTL).minusMillis(1);

        assertThat(rules.put("main", last)).isEqualTo(new IssuedKey("main-1", last.plus(TTL)));
        assertThat(rules.put("main", last.plus(TTL))).isNull();
        assertThat(rules.newest("main")).isNotNull();
        assertThat(rules.post("main", last.plus(TTL)).value()).isEqualTo("main-2");
    }

    @Test
    void deleteClosesTheKeyOnce() {
        IssuedKey key = rules.post("main", NOON);

        assertThat(rules.delete("main", NOON)).isEqualTo(key);
        assertThat(rules.delete("main", NOON)).isNull();
        assertThat(rules.newest("main")).isNull();
        assertThat(rules.accounts()).isEmpty();
    }

    @Test
    void anotherProgramsKeyTakesThePlaceOfOurs() {
        rules.post("main", NOON);

        assertThat(rules.replace("main", NOON).value()).isEqualTo("main-2");
        assertThat(rules.post("main", NOON).value()).isEqualTo("main-2");
    }

    @Test
    void aStreamCarriesEventsWhileItsKeyIsTheActiveOne() {
        String first = rules.post("main", NOON).value();
        String other = rules.post("other", NOON).value();
        Instant end = NOON.plus(TTL);

        assertThat(rules.stream(first, end.minusMillis(1))).isEqualTo(Stream.EVENTS);
        assertThat(rules.stream(first, end)).isEqualTo(Stream.EXPIRED);
        assertThat(rules.stream("unknown", NOON)).isEqualTo(Stream.SILENCE);

        rules.delete("other", NOON);
        assertThat(rules.stream(other, NOON)).isEqualTo(Stream.EXPIRED);
        assertThat(rules.stream(rules.post("other", NOON).value(), NOON)).isEqualTo(Stream.EVENTS);
        assertThat(rules.stream(other, NOON)).isEqualTo(Stream.EXPIRED);
    }

    @Test
    void aReplacedKeyIsSilentAndAnExpiredOneStaysExpired() {
        String first = rules.post("main", NOON).value();
        String second = rules.replace("main", NOON).value();

        assertThat(rules.stream(first, NOON)).isEqualTo(Stream.SILENCE);
        assertThat(rules.stream(first, NOON.plus(TTL))).isEqualTo(Stream.SILENCE);

        String third = rules.post("main", NOON.plus(TTL)).value();
        assertThat(rules.stream(second, NOON.plus(TTL))).isEqualTo(Stream.EXPIRED);
        assertThat(rules.stream(third, NOON.plus(TTL))).isEqualTo(Stream.EVENTS);
    }

    @Test
    void weightIsCountedByTheMinuteOfTheClock() {
        Instant last = NOON.plusSeconds(60).minusMillis(1);

        assertThat(rules.count(NOON)).isOne();
        assertThat(rules.count(last)).isEqualTo(2);
        assertThat(rules.usedWeight(last)).isEqualTo(2);
        assertThat(rules.usedWeight(last.plusMillis(1))).isZero();
        assertThat(rules.count(last.plusMillis(1))).isOne();
    }
}
