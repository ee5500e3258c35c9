package dev.listenkeyd.connection;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.listenkeyd.access.Certificates;
import dev.listenkeyd.access.ManualTicker;
import dev.listenkeyd.telemetry.LogRecording;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLSocketFactory;
import org.awaitility.core.ConditionFactory;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Floods of connections without a token, against the running daemon. */
@QuarkusTest
@TestProfile(DaemonWithFewConnections.class)
@NullUnmarked
class FloodTest {
    private static final String HOST = " HTTP/1.1\r\nHost: localhost\r\n";
    private static final String PROBE = "GET /q/health/live" + HOST + "\r\n";
    private static final String CALL =
            "GET /v1/status" + HOST + "Authorization: Bearer " + DaemonWithFewConnections.TOKEN + "\r\n\r\n";
    private static final String HALF = "GET /v1/status" + HOST + "X-Slow: ";

    /** Far above what an answer takes, also on a busy machine; a test that passes never waits for it. */
    private static final int ANSWER_MILLIS = 20_000;

    @TestHTTPResource("/")
    URI plain;

    @TestHTTPResource(value = "/", tls = true)
    URI encrypted;

    @ConfigProperty(name = DaemonWithFewConnections.FOLDER)
    Path folder;

    @Inject
    ManualTicker ticks;

    @Inject
    MeterRegistry registry;

    @Inject
    Connections connections;

    private final List<Line> lines = new ArrayList<>();
    private LogRecording log;
    private SSLSocketFactory tls;

    enum Attack {
        PROBES,
        HALF_HEADS,
        SILENCE
    }

    @BeforeEach
    void listen() throws Exception {
        tls = new Certificates(folder).context("server", "").getSocketFactory();
        log = new LogRecording("listenkeyd.access");
        ticks.advance(ConnectionMeters.WARNING_EVERY);
    }

    @AfterEach
    void hangUp() throws IOException {
        log.close();
        for (Line line : lines) {
            line.close();
        }
        awaitAnswer().until(connections::count, count -> count == 0);
    }

    @ParameterizedTest
    @CsvSource({
        "PROBES, false, 1",
        "PROBES, false, 250",
        "PROBES, true, 1",
        "PROBES, true, 250",
        "HALF_HEADS, false, 1",
        "HALF_HEADS, false, 250",
        "HALF_HEADS, true, 1",
        "SILENCE, false, 1",
        "SILENCE, true, 250",
    })
    void clientsAndProbesAreServedAllTheWhile(Attack attack, boolean encrypt, int addresses) throws IOException {
        Line kept = line(encrypt);
        assertThat(kept.status(CALL)).isEqualTo(200);

        for (int i = 0; i < 4 * DaemonWithFewConnections.PLACES; i++) {
            attack(attack, encrypt, 2 + i % addresses);
            if (i % 8 == 0) {
                assertThat(kept.status(CALL)).as("a client that is there").isEqualTo(200);
                assertThat(once(encrypt, CALL)).as("a client that comes").isEqualTo(200);
                assertThat(once(encrypt, PROBE)).as("a probe").isEqualTo(200);
            }
        }

        assertThat(connections.count()).isLessThanOrEqualTo(DaemonWithFewConnections.PLACES);
        assertThat(closed(ConnectionMeters.Reason.SOURCE)).isPositive();
        assertThat(log.lines).singleElement().asString().contains("too many connections", "this machine");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void clientsWithTokensFillNoPlaceThatAProbeNeeds(boolean encrypt) throws IOException {
        for (int i = 0; i < 2 * DaemonWithFewConnections.PLACES; i++) {
            assertThat(line(encrypt).status(CALL)).isEqualTo(200);
        }

        assertThat(once(encrypt, PROBE)).isEqualTo(200);
        assertThat(once(encrypt, CALL)).isEqualTo(200);
        assertThat(lines.get(0).status(CALL))
                .as("the first of them is still there")
                .isEqualTo(200);
        assertThat(connections.count()).isLessThanOrEqualTo(DaemonWithFewConnections.PLACES);
    }

    @ParameterizedTest
    @EnumSource
    void aConnectionWithoutATokenIsClosedBeforeLong(Attack attack) throws IOException {
        List<Line> attackers = List.of(attack(attack, false, 2), attack(attack, true, 2));
        Line client = line(true);
        assertThat(client.status(CALL)).isEqualTo(200);
        awaitAnswer().until(connections::count, count -> count == 3);

        ticks.advance(Connections.PATIENCE);

        for (Line attacker : attackers) {
            assertThat(attacker.isClosed()).isTrue();
        }
        assertThat(client.status(CALL)).isEqualTo(200);
        assertThat(closed(ConnectionMeters.Reason.DEADLINE)).isPositive();
        assertThat(log.lines).isEmpty();
    }

    @Test
    void aClientMustCompleteTheHeadThatItBegins() throws IOException {
        Line client = line(false);
        assertThat(client.status(CALL)).isEqualTo(200);
        client.send(HALF);
        Line other = line(false);
        assertThat(other.status(CALL)).isEqualTo(200);
        awaitAnswer().until(() -> {
            client.sendIfOpen("x");
            ticks.advance(Connections.PATIENCE);
            return connections.count() == 1;
        });

        assertThat(client.isClosed()).isTrue();
        assertThat(other.status(CALL)).isEqualTo(200);
    }

    private Line attack(Attack attack, boolean encrypt, int from) throws IOException {
        Line line = new Line(from, encrypt, attack != Attack.SILENCE);
        lines.add(line);
        switch (attack) {
            case PROBES -> line.status(PROBE);
            case HALF_HEADS -> line.send(HALF);
            case SILENCE -> {}
        }
        return line;
    }

    private Line line(boolean encrypt) throws IOException {
        Line line = new Line(1, encrypt, true);
        lines.add(line);
        return line;
    }

    private int once(boolean encrypt, String request) throws IOException {
        try (Line line = new Line(1, encrypt, true)) {
            return line.status(request);
        }
    }

    private static ConditionFactory awaitAnswer() {
        return await().atMost(ofMillis(ANSWER_MILLIS)).pollDelay(Duration.ZERO).pollInterval(ofMillis(20));
    }

    private double closed(ConnectionMeters.Reason reason) {
        return registry.get("listenkey.connections.closed")
                .tag("reason", reason.name())
                .counter()
                .count();
    }

    /** One connection from 127.0.0.x, and its answers. */
    private final class Line implements AutoCloseable {
        private final Socket socket;

        Line(int from, boolean encrypt, boolean handshake) throws IOException {
            URI to = encrypt ? encrypted : plain;
            Socket bare = new Socket();
            bare.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) from}), 0));
            bare.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), to.getPort()));
            bare.setSoTimeout(ANSWER_MILLIS);
            socket = encrypt && handshake ? tls.createSocket(bare, "localhost", to.getPort(), true) : bare;
        }

        void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(ISO_8859_1));
            socket.getOutputStream().flush();
        }

        void sendIfOpen(String text) {
            try {
                send(text);
            } catch (IOException e) {
                // Closed: the caller checks for that.
            }
        }

        /** Status of the answer, which is read to its end. */
        int status(String request) throws IOException {
            send(request);
            String first = text();
            int length = 0;
            for (String header = text(); !header.isEmpty(); header = text()) {
                length = header.toLowerCase(Locale.ROOT).startsWith("content-length:")
                        ? Integer.parseInt(
                                header.substring(header.indexOf(':') + 1).strip())
                        : length;
            }
            assertThat(socket.getInputStream().readNBytes(length)).hasSize(length);
            return Integer.parseInt(first.split(" ", 3)[1]);
        }

        /** Whether the daemon closes it, in time. */
        boolean isClosed() throws IOException {
            try {
                return socket.getInputStream().read() < 0;
            } catch (SocketTimeoutException e) {
                return false;
            } catch (IOException e) {
                return true;
            }
        }

        private String text() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int next = socket.getInputStream().read();
                    next != '\n';
                    next = socket.getInputStream().read()) {
                if (next < 0) {
                    throw new IOException("closed without an answer");
                }
                line.append((char) next);
            }
            return line.toString().stripTrailing();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
