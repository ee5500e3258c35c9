package dev.listenkeyd.binance.stream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.listenkeyd.binance.Authority;
import dev.listenkeyd.binance.RawExchange;
import dev.listenkeyd.binance.RawExchange.Manners;
import dev.listenkeyd.binance.stream.StreamClient.Bounds;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.telemetry.LogRecording;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A stream, or another server in its place, that attacks our keys, our memory or our time. */
@Timeout(120)
class StreamClientTest {
    private static final String KEY = "Listen0Key".repeat(6) + "evil";
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMillis(700);
    private static final Bounds UNHURRIED = new Bounds(SOON, SOON, SOON);

    /** More than the buffers of two sockets on one machine. */
    private static final long BUFFERS = 32L << 20;

    private static final int TEXT = 0x81;
    private static final int TEXT_BEGINS = 0x01;
    private static final int CONTINUES = 0x00;
    private static final int BINARY = 0x82;
    private static final int CLOSE = 0x88;
    private static final int PING = 0x89;
    private static final int COMPRESSED_TEXT = 0xC1;

    private final Vertx vertx = Vertx.vertx();
    private final Recorder seen = new Recorder();
    private LogRecording log = new LogRecording("");

    @TempDir
    private Path folder;

    private @Nullable RawExchange server;

    /** What the client tells its listener. */
    private static final class Recorder implements StreamConnector.Listener {
        private final AtomicInteger opened = new AtomicInteger();
        private final AtomicInteger messages = new AtomicInteger();
        private final AtomicReference<String> last = new AtomicReference<>("");
        private final List<String> ends = new CopyOnWriteArrayList<>();

        @Override
        public void opened() {
            opened.incrementAndGet();
        }

        @Override
        public void message(String text) {
            messages.incrementAndGet();
            last.set(text);
        }

        @Override
        public void ended(String why) {
            ends.add(why);
        }
    }

    @BeforeEach
    void forgetTheStart() {
        log.everything.clear();
    }

    @AfterEach
    void stop() throws IOException {
        vertx.close().toCompletionStage().toCompletableFuture().join();
        if (server != null) {
            server.close();
        }
        Authority.trustAsBefore();
        log.close();
        assertThat(seen.ends).noneMatch(why -> why.contains(KEY.substring(0, 10)));
        assertThat(log.everything).noneMatch(line -> line.contains(KEY.substring(0, 10)));
        assertThat(log.lines).noneMatch(line -> line.contains("xception"));
    }

    // --- the handshake

    @Test
    void itAsksForNeitherCompressionNorAnythingOfABrowser() throws IOException {
        serve(frames(frame(TEXT, "hello".getBytes(UTF_8)), new byte[0]));

        assertThat(awaitEnd()).isEqualTo("closed");
        assertThat(seen.opened).hasValue(1);
        assertThat(seen.last).hasValue("hello");
        assertThat(request().toLowerCase(Locale.ROOT))
                .startsWith("get /private/ws/" + KEY.toLowerCase(Locale.ROOT) + " http/1.1")
                .doesNotContain("extensions", "origin", "cookie", "accept-encoding");
    }

    @Test
    void refused() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        connect("ws://127.0.0.1:" + port + "/", UNHURRIED);

        assertThat(awaitEnd()).isEqualTo("can't connect");
        assertThat(seen.opened).hasValue(0);
    }

    @Test
    void silenceInsteadOfAHandshake() throws Exception {
        start(RawExchange.sendAndStall(""));
        connect(address(), new Bounds(SOON, SHORT, SOON));

        awaitEnd();
        assertThat(seen.opened).hasValue(0);
        assertThat(exchange().clientHungUp()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 301, 302, 307, 308, 401, 403, 429, 503})
    void anotherAnswerThanAHandshake(int status) throws IOException {
        try (RawExchange elsewhere = new RawExchange(RawExchange.sendAndClose(""))) {
            start(RawExchange.sendAndClose("HTTP/1.1 " + status + " Whatever " + KEY
                    + "\r\nContent-Length: 0\r\nLocation: " + elsewhere.url() + "/" + KEY + "\r\n\r\n"));
            connect(address(), UNHURRIED);

            assertThat(awaitEnd()).isEqualTo("HTTP " + status);
            assertThat(elsewhere.requests()).isEmpty();
        }
        assertThat(seen.opened).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "HTTP/1.1 ",
                "garbage garbage garbage\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: d3Jvbmc=\r\n\r\n",
            })
    void aBrokenHandshake(String reply) throws IOException {
        start(RawExchange.sendAndClose(reply));
        connect(address(), UNHURRIED);

        awaitEnd();
        assertThat(seen.opened).hasValue(0);
    }

    @Test
    void aHandshakeWithoutEnd() throws Exception {
        start(RawExchange.flood("HTTP/1.1 101 Switching Protocols\r\n", "X-Header: x\r\n", new AtomicLong()));
        connect(address(), new Bounds(SOON, SHORT, SOON));

        awaitEnd();
        assertThat(seen.opened).hasValue(0);
        assertThat(exchange().clientHungUp()).isTrue();
    }

    @Test
    void aRefusalWithoutEnd() throws Exception {
        AtomicLong taken = new AtomicLong();
        start(RawExchange.flood("HTTP/1.1 200 OK\r\n\r\n", "x".repeat(10_000), taken));
        connect(address(), new Bounds(SOON, Duration.ofSeconds(10), SOON));

        awaitEnd();
        assertThat(exchange().clientHungUp()).isTrue();
        assertThat(taken.get()).isLessThan(BUFFERS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"self", "other", "expired"})
    void aCertificateThatProvesNothing(String certificate) throws Exception {
        Authority authority = new Authority(folder)
                .selfSign("self", "ip:127.0.0.1")
                .sign("other", "dns:example.com")
                .signExpired("expired", "ip:127.0.0.1");
        authority.trust();
        server = new RawExchange(authority.sockets(certificate), frames());
        connect(exchange().tlsUrl().toString().replace("https:", "wss:") + "/", UNHURRIED);

        assertThat(awaitEnd()).isEqualTo("no TLS connection, or a certificate that is not trusted");
        assertThat(seen.opened).hasValue(0);
        assertThat(exchange().requests()).noneMatch(request -> request.contains(KEY));
    }

    @Test
    void aCertificateOfAnAuthorityThatTheJvmTrusts() throws Exception {
        Authority authority = new Authority(folder).sign("good", "ip:127.0.0.1");
        authority.trust();
        server = new RawExchange(authority.sockets("good"), connection -> connection.close());
        connect(exchange().tlsUrl().toString().replace("https:", "wss:") + "/", UNHURRIED);

        // The stand-in can't read a request that comes by TLS; the JVM's end of the handshake was reached.
        assertThat(awaitEnd()).isNotEqualTo("no TLS connection, or a certificate that is not trusted");
    }

    @Test
    void aKeyThatCouldBeAnotherAddress() {
        StreamClient client = new StreamClient(vertx, "ws://127.0.0.1:1/ws/", UNHURRIED, null);

        client.connect(new Secret("../../" + KEY + "?x#y"), seen);

        assertThat(awaitEnd()).isEqualTo("the key has characters that an address can't have");
    }

    // --- frames

    @Test
    void aMessageOf64KibIsReadAndALargerOneEndsTheConnection() throws Exception {
        serve(frames(frame(TEXT, new byte[StreamSocket.MAX_MESSAGE_BYTES]), frame(TEXT, new byte[65_537]), stall()));

        assertThat(awaitEnd()).isEqualTo("malformed or too large");
        assertThat(seen.messages).hasValue(1);
        assertThat(exchange().clientHungUp()).isTrue();
    }

    @Test
    void aFrameThatClaimsToBeHuge() throws Exception {
        serve(frames(new byte[] {(byte) TEXT, 127, 0, 0, 1, 0, 0, 0, 0, 0}, stall()));

        awaitEnd();
        assertThat(exchange().clientHungUp()).isTrue();
        assertThat(seen.messages).hasValue(0);
    }

    @Test
    void aMessageOfFramesWithoutEnd() throws Exception {
        AtomicLong taken = new AtomicLong();
        serve(connection -> {
            handshake(connection);
            connection.getOutputStream().write(frame(TEXT_BEGINS, new byte[1000]));
            flood(connection, frame(CONTINUES, new byte[1000]), taken);
        });

        awaitEnd();
        assertThat(exchange().clientHungUp()).isTrue();
        assertThat(seen.messages).hasValue(0);
    }

    @Test
    void aCompressedFrame() throws Exception {
        serve(connection -> {
            write(connection, handshakeReply("Sec-WebSocket-Extensions: permessage-deflate\r\n"));
            connection.getOutputStream().write(frame(COMPRESSED_TEXT, new byte[100]));
            connection.getInputStream().read(new byte[1000]);
        });

        awaitEnd();
        assertThat(exchange().clientHungUp()).isTrue();
        assertThat(seen.messages).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x83, 0x8F, 0xF1, CONTINUES})
    void aFrameThatDoesNotExist(int firstByte) throws Exception {
        serve(frames(frame(firstByte, new byte[10]), stall()));

        awaitEnd();
        assertThat(exchange().clientHungUp()).isTrue();
    }

    @Test
    void garbage() throws Exception {
        serve(frames("<html><body>a proxy</body></html>".getBytes(UTF_8), stall()));

        awaitEnd();
        assertThat(exchange().clientHungUp()).isTrue();
        assertThat(seen.messages).hasValue(0);
    }

    @Test
    void pingsAreAnsweredAndBinaryFramesIgnored() throws IOException {
        AtomicReference<String> answer = new AtomicReference<>("");
        serve(connection -> {
            handshake(connection);
            connection.getOutputStream().write(frame(BINARY, new byte[10]));
            connection.getOutputStream().write(frame(PING, new byte[0]));
            byte[] pong = connection.getInputStream().readNBytes(2);
            answer.set(String.format("%02x", pong[0]));
        });

        awaitEnd();
        assertThat(answer).hasValue("8a");
        assertThat(seen.messages).hasValue(0);
    }

    @Test
    void pingsOfAPeerThatDoesNotReadTheAnswers() throws Exception {
        AtomicLong taken = new AtomicLong();
        serve(connection -> {
            handshake(connection);
            flood(connection, frame(PING, new byte[125]), taken);
        });

        assertThat(awaitEnd()).isEqualTo("the peer does not read");
        assertThat(exchange().clientHungUp()).isTrue();
    }

    @Test
    void silenceEndsTheConnection() throws Exception {
        start(frames(stall()));
        connect(address(), new Bounds(SOON, SOON, SHORT));

        awaitEnd();
        assertThat(seen.opened).hasValue(1);
        assertThat(exchange().clientHungUp()).isTrue();
    }

    @Test
    void aReset() throws IOException {
        serve(connection -> {
            handshake(connection);
            connection.setSoLinger(true, 0);
        });

        awaitEnd();
        assertThat(seen.opened).hasValue(1);
    }

    @Test
    void anOrderlyEnd() throws IOException {
        AtomicInteger answer = new AtomicInteger();
        StreamConnector.Link link = serve(connection -> {
            handshake(connection);
            answer.set(connection.getInputStream().read());
            connection.getOutputStream().write(frame(CLOSE, new byte[] {3, (byte) 0xE8}));
        });
        await().atMost(SOON).until(() -> seen.opened.get() == 1);

        link.close();

        assertThat(awaitEnd()).isEqualTo("closed");
        assertThat(answer).hasValue(CLOSE);
        link.close();
    }

    /** One slow question at most, whatever comes. */
    @Test
    void thousandsOfExpiriesAreOneQuestion() throws IOException {
        byte[] expired =
                frame(TEXT, ("{\"e\":\"listenKeyExpired\",\"E\":\"1\",\"listenKey\":\"" + KEY + "\"}").getBytes(UTF_8));
        start(connection -> {
            handshake(connection);
            for (int i = 0; i < 5000; i++) {
                connection.getOutputStream().write(expired);
            }
            write(connection, "");
            connection.getInputStream().read();
        });
        WireWatch wire = new WireWatch(new StreamClient(vertx, address(), UNHURRIED, null), KEY);

        await().atMost(SOON).until(() -> {
            wire.watch.tick();
            return wire.questions.get() > 0 && wire.messages.get() >= 5000;
        });

        assertThat(wire.questions).hasValue(1);
        wire.watch.close();
    }

    // --- helpers

    private StreamConnector.Link serve(Manners manners) throws IOException {
        start(manners);
        return connect(address(), UNHURRIED);
    }

    private void start(Manners manners) throws IOException {
        server = new RawExchange(manners);
    }

    private RawExchange exchange() {
        assertThat(server).isNotNull();
        return Objects.requireNonNull(server);
    }

    private String address() {
        return exchange().url().toString().replace("http:", "ws:") + "/private/ws/";
    }

    private StreamConnector.Link connect(String prefix, Bounds bounds) {
        return new StreamClient(vertx, prefix, bounds, null).connect(new Secret(KEY), seen);
    }

    private String awaitEnd() {
        await().atMost(SOON).until(() -> !seen.ends.isEmpty());
        assertThat(seen.ends).hasSize(1);
        return seen.ends.get(0);
    }

    private String request() {
        return exchange().requests().get(0);
    }

    /** Completes the handshake, sends these, and closes. {@link #stall} waits until the client hangs up. */
    private Manners frames(byte[]... frames) {
        return connection -> {
            handshake(connection);
            for (byte[] frame : frames) {
                if (frame.length == 0) {
                    await().atMost(SOON).until(() -> seen.messages.get() > 0);
                } else if (frame == STALL) {
                    while (connection.getInputStream().read() != -1) {
                        // The end of the connection ends this.
                    }
                } else {
                    connection.getOutputStream().write(frame);
                }
            }
        };
    }

    private static final byte[] STALL = {0};

    private static byte[] stall() {
        return STALL;
    }

    private void handshake(Socket connection) throws IOException {
        write(connection, handshakeReply(""));
    }

    private String handshakeReply(String moreHeaders) {
        return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                + accept(request()) + "\r\n" + moreHeaders + "\r\n";
    }

    private static String accept(String request) {
        String key = request.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("sec-websocket-key:"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElseThrow();
        try {
            byte[] hash = MessageDigest.getInstance("SHA-1").digest((key + GUID).getBytes(ISO_8859_1));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static void write(Socket connection, String text) throws IOException {
        connection.getOutputStream().write(text.getBytes(ISO_8859_1));
        connection.getOutputStream().flush();
    }

    private static void flood(Socket connection, byte[] again, AtomicLong taken) throws IOException {
        while (!connection.isClosed()) {
            connection.getOutputStream().write(again);
            taken.addAndGet(again.length);
        }
    }

    /** An unmasked frame. */
    private static byte[] frame(int firstByte, byte[] payload) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(firstByte);
        if (payload.length < 126) {
            frame.write(payload.length);
        } else if (payload.length < 65_536) {
            frame.write(126);
            frame.write(payload.length >> 8);
            frame.write(payload.length);
        } else {
            frame.write(127);
            frame.writeBytes(new byte[4]);
            for (int shift = 24; shift >= 0; shift -= 8) {
                frame.write(payload.length >> shift);
            }
        }
        frame.writeBytes(payload);
        return frame.toByteArray();
    }
}
