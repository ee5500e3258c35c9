package dev.listenkeyd.connection;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.telemetry.LogRecording;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Connections that are closed for a new one, or for being late. */
class ConnectionsTest {
    /** 14 of them can be protected, and 8 are for one source without a token. */
    private static final int MOST = 16;

    private static final String HERE = "127.0.0.1";

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final List<Connection> closed = new ArrayList<>();
    private long nanos = Long.MAX_VALUE - 1;
    private final Connections connections =
            new Connections(MOST, () -> nanos, new ConnectionMeters(registry, () -> nanos));

    @Test
    void whileThereIsPlaceNobodyIsClosed() {
        accept(MOST, "10.0.0.%d");

        assertThat(closed).isEmpty();
        assertThat(registry.get("listenkey.connections").gauge().value()).isEqualTo(MOST);
    }

    @Test
    void theLongestQuietOneWithoutATokenMakesPlace() {
        List<Connection> all = accept(MOST, "10.0.0.%d");
        connections.authenticated(all.get(0));
        all.get(1).callBegan();
        pass(ofMillis(1));
        connections.callEnded(all.get(1));
        pass(ofMillis(1));

        accept(14, "10.0.1.%d");

        assertThat(closed).containsExactlyElementsOf(all.subList(2, 16));
        accept("10.0.2.1");
        assertThat(closed.get(14)).as("called last").isSameAs(all.get(1));
        assertThat(count(ConnectionMeters.Reason.FULL)).isEqualTo(15);
        assertThat(connections.count()).isEqualTo(MOST);
    }

    @Test
    void theSourceWithTheMostLosesOne() {
        Connection alone = accept("10.0.0.1");
        List<Connection> many = accept(7, "10.0.0.2");
        accept(8, "10.0.1.%d");

        accept("10.0.0.3");

        assertThat(closed).containsExactly(many.get(0));
        assertThat(connections.count()).isEqualTo(MOST);
        assertThat(closed).doesNotContain(alone);
    }

    @Test
    void aSourceHasAtMostHalfOfThePlacesWithoutAToken() {
        List<Connection> all = accept(8, "10.0.0.1");
        connections.authenticated(all.get(0));
        accept("10.0.0.1");
        assertThat(closed).isEmpty();

        accept("10.0.0.1");

        assertThat(closed).containsExactly(all.get(1));
        assertThat(count(ConnectionMeters.Reason.SOURCE)).isEqualTo(1);
    }

    /** One machine has all of its loopback addresses, and all addresses of its IPv6 network. */
    @Test
    void allLoopbackAddressesAreOneSource() {
        List<Connection> local = accept(9, "127.0.0.%d");
        List<Connection> network = accept(9, "2001:db8::%d");

        assertThat(closed).containsExactly(local.get(0), network.get(0));
    }

    @Test
    void thisMachineIsTheLastToLoseOne() {
        List<Connection> local = accept(8, HERE);
        List<Connection> others = accept(8, "10.0.0.%d");

        accept(8, "10.0.1.%d");

        assertThat(closed).containsExactlyElementsOf(others);
        assertThat(closed).doesNotContainAnyElementsOf(local);
    }

    @Test
    void tokensProtectSevenEighthsSoThatANewOneAlwaysComesIn() {
        List<Connection> clients = accept(MOST, "10.0.0.%d");
        clients.forEach(connections::authenticated);
        clients.forEach(Connection::callBegan);

        Connection probe = accept("10.0.1.1");
        accept("10.0.1.2");
        accept("10.0.1.3");

        assertThat(closed).containsExactly(clients.get(14), clients.get(15), probe);
    }

    @Test
    void aClosedConnectionMakesPlaceForAnotherProtectedOne() {
        List<Connection> clients = accept(MOST, "10.0.0.%d");
        clients.forEach(connections::authenticated);
        connections.closed(clients.get(0));
        connections.closed(clients.get(0));
        connections.authenticated(clients.get(14));
        assertThat(connections.count()).isEqualTo(15);
        accept(2, "10.0.1.%d");

        assertThat(closed).containsExactly(clients.get(15));
    }

    @Test
    void aConnectionWithoutATokenIsClosedAfterItsPatience() {
        Connection silent = accept("10.0.0.1");
        Connection probing = accept("10.0.0.2");
        probing.callBegan();
        pass(ofSeconds(1));
        connections.callEnded(probing);

        pass(Connections.PATIENCE.minusSeconds(1).minusNanos(1));
        connections.closeOverdue();
        assertThat(closed).isEmpty();
        pass(Duration.ofNanos(1));
        connections.closeOverdue();
        assertThat(closed).containsExactly(silent);
        pass(ofSeconds(1));
        connections.closeOverdue();

        assertThat(closed).containsExactly(silent, probing);
        assertThat(count(ConnectionMeters.Reason.DEADLINE)).isEqualTo(2);
    }

    @Test
    void bytesDoNotProlongAHead() {
        Connection slow = accept("10.0.0.1");
        IntStream.range(0, 12).forEach(second -> {
            connections.bytesCame(slow);
            connections.closeOverdue();
            assertThat(closed).isEmpty();
            pass(ofSeconds(1));
        });
        connections.closeOverdue();

        assertThat(closed).containsExactly(slow);
    }

    @Test
    void aConnectionWithATokenMayBeQuietButMustCompleteAHeadThatItBegins() {
        Connection client = accept("10.0.0.1");
        connections.bytesCame(client);
        client.callBegan();
        connections.authenticated(client);
        pass(ofSeconds(100));
        connections.closeOverdue();
        connections.callEnded(client);
        pass(ofSeconds(100));
        connections.closeOverdue();
        assertThat(closed).isEmpty();

        connections.bytesCame(client);
        pass(Connections.PATIENCE.minusNanos(1));
        connections.bytesCame(client);
        connections.closeOverdue();
        assertThat(closed).isEmpty();
        pass(Duration.ofNanos(1));
        connections.closeOverdue();

        assertThat(closed).containsExactly(client);
    }

    @Test
    void theLogSaysItOnceAMinute() {
        LogRecording log = new LogRecording("listenkeyd.access");
        try {
            accept(11, "10.0.0.1");
            pass(ConnectionMeters.WARNING_EVERY.minusNanos(1));
            accept("10.0.0.1");
            assertThat(log.everything).singleElement().asString().contains("10.0.0.1", "source");

            pass(Duration.ofNanos(1));
            accept("10.0.0.1");

            assertThat(log.everything).hasSize(2);
        } finally {
            log.close();
        }
        assertThat(count(ConnectionMeters.Reason.SOURCE)).isEqualTo(5);
    }

    private double count(ConnectionMeters.Reason reason) {
        return registry.get("listenkey.connections.closed")
                .tag("reason", reason.name())
                .counter()
                .count();
    }

    private void pass(Duration time) {
        nanos += time.toNanos();
    }

    private List<Connection> accept(int count, String from) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(number -> accept(from.formatted(number)))
                .toList();
    }

    private Connection accept(String from) {
        try {
            Connection[] accepted = new Connection[1];
            accepted[0] = connections.admit(InetAddress.getByName(from), () -> closed.add(accepted[0]));
            return accepted[0];
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
