package dev.listenkeyd.notify.webhook;

import static dev.listenkeyd.notify.webhook.HostileReceiver.flood;
import static dev.listenkeyd.notify.webhook.HostileReceiver.sendAndClose;
import static dev.listenkeyd.notify.webhook.HostileReceiver.sendAndStall;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.listenkeyd.binance.Authority;
import dev.listenkeyd.lease.VirtualClock;
import dev.listenkeyd.notify.GivenWebhook;
import dev.listenkeyd.notify.WebhookSender.Answer;
import dev.listenkeyd.notify.webhook.HostileReceiver.Manners;
import dev.listenkeyd.notify.webhook.WebhookReceiver.Received;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a receiver gets, and what it can't do to the daemon. */
@NullUnmarked
class WebhookClientTest {
    private static final Vertx VERTX = Vertx.vertx();

    /** More than the buffers of two sockets on one machine; a flood sends more within milliseconds. */
    private static final long BUFFERS = 32L << 20;

    private final VirtualClock clock = new VirtualClock();
    private final WebhookClient client = new WebhookClient(
            VERTX,
            new ObjectMapper()
                    .registerModule(new JavaTimeModule())
                    .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS),
            clock);

    @TempDir
    Path folder;

    @AfterEach
    void trustAsBefore() {
        Authority.trustAsBefore();
    }

    @AfterAll
    static void close() {
        VERTX.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void aReceiverGetsTheEventSigned() throws Exception {
        try (WebhookReceiver receiver = new WebhookReceiver()) {
            Answer answer = sent(receiver.url() + "/of%20mine?token=t%3D1");

            assertThat(answer).isEqualTo(new Answer(true, "HTTP 204"));
            assertThat(receiver.wrong()).isEmpty();
            Received call = receiver.received().get(0);
            assertThat(call.head()).isEqualTo("POST /hook/of%20mine?token=t%3D1");
            assertThat(call.id()).isEqualTo(GivenWebhook.event(77, "main").id());
            assertThat(call.timestamp()).isEqualTo(clock.instant().getEpochSecond());
            assertThat(call.authorization()).isNull();
            assertThat(call.event().get("account").asText()).isEqualTo("main");
            assertThat(call.event().get("id").asText()).isEqualTo(call.id());
            assertThat(call.type()).isEqualTo("lost");
        }
    }

    @Test
    void theUserOfAnAddressIsSentAsBasicAuthentication() throws Exception {
        try (WebhookReceiver receiver = new WebhookReceiver()) {
            sent(receiver.url().replace("127.0.0.1", "me:p%40ss@localhost"));

            // me:p@ss
            assertThat(receiver.received().get(0).authorization()).isEqualTo("Basic bWU6cEBzcw==");
        }
    }

    @Test
    void eachTestHasItsOwnId() throws Exception {
        try (WebhookReceiver receiver = new WebhookReceiver()) {
            for (int i = 0; i < 3; i++) {
                assertThat(ended(client.test(GivenWebhook.webhook("pager", receiver.url())))
                                .accepted())
                        .isTrue();
            }

            assertThat(receiver.received()).extracting(Received::type).containsOnly("test");
            assertThat(receiver.received())
                    .extracting(Received::id)
                    .doesNotHaveDuplicates()
                    .hasSize(3);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 202, 204, 299})
    void any2xxIsDone(int status) throws Exception {
        assertThat(answerTo(sendAndClose("HTTP/1.1 " + status + " Fine\r\nContent-Length: 0\r\n\r\n"))
                        .accepted())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {304, 400, 401, 410, 429, 500, 503, 600})
    void nothingElseIs(int status) throws Exception {
        assertThat(answerTo(sendAndClose("HTTP/1.1 " + status + " Sorry\r\nContent-Length: 0\r\n\r\n")))
                .isEqualTo(new Answer(false, "HTTP " + status));
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void aRedirectIsNotFollowed(int status) throws Exception {
        try (WebhookReceiver other = new WebhookReceiver()) {
            Answer answer = answerTo(sendAndClose(
                    "HTTP/1.1 " + status + " Moved\r\nLocation: " + other.url() + "\r\nContent-Length: 0\r\n\r\n"));

            assertThat(answer).isEqualTo(new Answer(false, "HTTP " + status));
            assertThat(other.received()).isEmpty();
        }
    }

    /** The status counts as soon as it has come. */
    @ParameterizedTest
    @ValueSource(ints = {200, 500})
    void gigabytesAreNotRead(int status) throws Exception {
        AtomicLong taken = new AtomicLong();
        String start = "HTTP/1.1 " + status + " Here\r\nContent-Length: 99999999999\r\n\r\n";
        try (HostileReceiver receiver = new HostileReceiver(flood(start, "x".repeat(1 << 16), taken))) {
            assertThat(sent(receiver.url())).isEqualTo(new Answer(status == 200, "HTTP " + status));
            assertThat(receiver.clientHungUp()).isTrue();
            assertThat(taken.get()).isLessThan(BUFFERS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200 OK\r\n", "HTTP/1.1 "})
    void endlessHeadersAreNotRead(String start) throws Exception {
        AtomicLong taken = new AtomicLong();
        try (HostileReceiver receiver =
                new HostileReceiver(flood(start, start.endsWith("\n") ? "A: b\r\n" : "200200", taken))) {
            assertThat(sent(receiver.url()).accepted()).isFalse();
            assertThat(receiver.clientHungUp()).isTrue();
            assertThat(taken.get()).isLessThan(BUFFERS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200", "not HTTP at all\r\n\r\n", "HTTP/1.1 101 Switching\r\n\r\n"})
    void whatIsNoAnswerIsNone(String answer) throws Exception {
        assertThat(answerTo(sendAndClose(answer)).accepted()).isFalse();
    }

    /** All at the same time, since each takes as long as a call may. */
    @Test
    void aCallEndsInTimeHoweverSlowTheReceiverIs() throws Exception {
        Manners trickle = connection -> {
            connection.getOutputStream().write("HTTP/1.1 200 OK\r\n".getBytes(ISO_8859_1));
            connection.setSoTimeout(100);
            while (true) {
                connection.getOutputStream().write("A: b\r\n".getBytes(ISO_8859_1));
                try {
                    connection.getInputStream().read();
                } catch (SocketTimeoutException e) {
                    // The client is still there.
                }
            }
        };
        try (HostileReceiver silent = new HostileReceiver(sendAndStall(""));
                HostileReceiver halfway = new HostileReceiver(sendAndStall("HTTP/1.1 200 OK\r\nA: b"));
                HostileReceiver trickling = new HostileReceiver(trickle);
                HostileReceiver bodiless =
                        new HostileReceiver(sendAndStall("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"))) {
            long begun = System.nanoTime();
            List<CompletionStage<Answer>> answers = new ArrayList<>();
            for (HostileReceiver receiver : List.of(silent, halfway, trickling, bodiless)) {
                answers.add(client.send(GivenWebhook.webhook("pager", receiver.url()), GivenWebhook.event(1, "main")));
            }

            for (CompletionStage<Answer> answer : answers.subList(0, 3)) {
                assertThat(ended(answer)).isEqualTo(new Answer(false, "no answer within 10 s"));
            }
            assertThat(ended(answers.get(3))).isEqualTo(new Answer(true, "HTTP 200"));
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThanOrEqualTo(WebhookClient.CALL_TIMEOUT);
            for (HostileReceiver receiver : List.of(silent, halfway, trickling, bodiless)) {
                assertThat(receiver.clientHungUp()).isTrue();
                assertThat(receiver.calls).hasValue(1);
            }
        }
    }

    @Test
    void aCertificateOfATrustedAuthorityForThisVeryHostIsAccepted() throws Exception {
        Authority authority = new Authority(folder).sign("server", "ip:127.0.0.1");
        authority.trust();

        assertThat(sentBySecureCall(authority)).isEqualTo(new Answer(true, "HTTP 204"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"of another host", "of another authority"})
    void noOtherCertificateIs(String certificate) throws Exception {
        Authority authority = new Authority(folder);
        if (certificate.equals("of another host")) {
            authority.sign("server", "ip:127.0.0.2");
            authority.trust();
        } else {
            authority.sign("server", "ip:127.0.0.1");
        }

        assertThat(sentBySecureCall(authority))
                .isEqualTo(new Answer(false, "no TLS, or a certificate that is not trusted"));
    }

    private Answer sentBySecureCall(Authority authority) throws Exception {
        try (HostileReceiver receiver =
                new HostileReceiver(authority.sockets("server"), sendAndClose("HTTP/1.1 204 Fine\r\n\r\n"))) {
            Answer answer = sent(receiver.url().replace("http", "https"));
            assertThat(receiver.calls).hasValue(answer.accepted() ? 1 : 0);
            return answer;
        }
    }

    @Test
    void aTroubleIsToldWithoutTheAddress() throws Exception {
        int closed;
        try (ServerSocket once = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = once.getLocalPort();
        }
        assertThat(sent("http://me:hunter2@127.0.0.1:" + closed + "/hunter2?hunter2"))
                .isEqualTo(new Answer(false, "can't connect"));
    }

    private Answer answerTo(Manners manners) throws Exception {
        try (HostileReceiver receiver = new HostileReceiver(manners)) {
            return sent(receiver.url());
        }
    }

    private Answer sent(String url) throws Exception {
        return ended(client.send(GivenWebhook.webhook("pager", url), GivenWebhook.event(77, "main")));
    }

    private static Answer ended(CompletionStage<Answer> answer) throws Exception {
        return answer.toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
