package dev.listenkeyd.lease;

import static dev.listenkeyd.lease.Given.at;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class SharedHoldersTest {
    @Test
    void registrationsOfTheSameHolderShareItsMap() {
        assertThat(mapsOfTen("shared-bot")).hasSizeLessThanOrEqualTo(2);
    }

    /** The holder of one client must not become that of another by sharing. */
    @Test
    void holdersOfTheSameNameKeepTheirClients() {
        Registration first = heldBy(Map.of("same-name", "a"));
        Registration second = heldBy(Map.of("same-name", "b"));

        assertThat(first.clients()).containsExactly(Map.entry("same-name", "a"));
        assertThat(second.clients()).containsExactly(Map.entry("same-name", "b"));
    }

    @Test
    void namesThatAreUsedOnceLeaveRoomForOthers() {
        for (int number = 0; number < 3 * Registration.MAX_SHARED; number++) {
            heldBy(Map.of("once-" + number, "desk"));
        }

        assertThat(mapsOfTen("late-bot")).hasSizeLessThanOrEqualTo(2);
    }

    /** Others share at the same time, so that not all ten need be one. */
    private static Set<Map<String, String>> mapsOfTen(String holder) {
        Set<Map<String, String>> maps = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int number = 0; number < 10; number++) {
            maps.add(heldBy(Map.of(holder, "desk")).clients());
        }
        return maps;
    }

    private static Registration heldBy(Map<String, String> clients) {
        return new Registration("desk", null, OnLoss.RECREATE, clients, at(0));
    }
}
