package dev.listenkeyd.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.sandbox.ExchangeRules.IssuedKey;
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
    void weightIsCountedByTheMinuteOfTheClock() {
        Instant last = NOON.plusSeconds(60).minusMillis(1);

        assertThat(rules.count(NOON)).isOne();
        assertThat(rules.count(last)).isEqualTo(2);
        assertThat(rules.usedWeight(last)).isEqualTo(2);
        assertThat(rules.usedWeight(last.plusMillis(1))).isZero();
        assertThat(rules.count(last.plusMillis(1))).isOne();
    }
}
