package dev.listenkeyd.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.EventStore;
import dev.listenkeyd.lease.EventType;
import dev.listenkeyd.lease.FeedEvent;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The events of the only replica, in SQLite. */
@NullUnmarked
@Timeout(30)
class EventTableTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    @TempDir
    private Path path;

    private StoreFolder folder;
    private EventStore events;

    @BeforeEach
    void open() throws Exception {
        folder = new StoreFolder(path).migrate();
        events = new EventTable(new Database(Database.Engine.SQLITE, folder.connect()), null);
    }

    @AfterEach
    void close() {
        folder.close();
    }

    @Test
    void forgottenEventsAreDroppedWithTheNextWrite() {
        write(0, 1, 2, 3);
        assertThat(events.newest(10)).isEqualTo(events(1, 2, 3));
        write(2, 4);
        assertThat(events.newest(10)).isEqualTo(events(3, 4));
        assertThat(events.newest(1)).isEqualTo(events(4));
    }

    @Test
    void aRepeatedWriteChangesNothing() {
        write(0, 1, 2);
        write(0, 1, 2, 3);
        assertThat(events.newest(10)).isEqualTo(events(1, 2, 3));
    }

    private void write(long forgotten, long... numbers) {
        events.append(events(numbers), forgotten).toCompletableFuture().join();
    }

    private static List<FeedEvent> events(long... numbers) {
        return LongStream.of(numbers)
                .mapToObj(number -> FeedEvent.numbered(number, NOON.plusSeconds(number), EventType.KEY, null))
                .toList();
    }
}
