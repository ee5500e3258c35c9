package dev.listenkeyd.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UnderWayTest {
    private final UnderWay underWay = new UnderWay();

    @Test
    void oneClientHasItsShare() {
        for (int i = 0; i < UnderWay.MOST_PER_CLIENT; i++) {
            assertThat(underWay.begin("bot")).isTrue();
        }
        assertThat(underWay.begin("bot")).isFalse();
        assertThat(underWay.begin("another")).isTrue();

        underWay.end("bot");
        assertThat(underWay.begin("bot")).isTrue();
    }

    @Test
    void allTogetherHaveTheirs() {
        for (int i = 0; i < UnderWay.MOST; i++) {
            assertThat(underWay.begin("bot-" + i)).isTrue();
        }
        assertThat(underWay.begin("one-more")).isFalse();

        underWay.end("bot-0");
        assertThat(underWay.begin("one-more")).isTrue();
    }
}
