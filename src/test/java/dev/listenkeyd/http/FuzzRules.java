package dev.listenkeyd.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.listenkeyd.exchange.StandInExchange;
import dev.listenkeyd.exchange.StandInResource;
import dev.listenkeyd.http.ApiDocument.Operation;
import dev.listenkeyd.http.RawCall.Answer;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What must hold of every answer, whatever was asked; and what was answered how often. */
final class FuzzRules {
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * What the HTTP parser refuses, and an address that is no URI, is no call yet: Vert.x and Quarkus answer with the bare
     * status and close. Everything else that is refused is told as a problem.
     */
    private static final Set<Integer> BARE = Set.of(400, 414, 431);

    /** None of it is for callers. */
    private static final List<String> INSIDE = List.of(
            "Exception", "\tat ", "dev.listenkeyd", "io.quarkus", "io.vertx", "io.netty", "java.", "Error id", "stack");

    private static final List<String> SECRETS =
            List.of(StandInExchange.LISTEN_KEY_MARK, StandInResource.API_KEY_MARK, "fuzz-api-key");

    private final ApiDocument document;
    private final Map<String, Integer> seen = new TreeMap<>();

    private final boolean exchange;

    FuzzRules(ApiDocument document) {
        this(document, false);
    }

    private FuzzRules(ApiDocument document, boolean exchange) {
        this.document = document;
        this.exchange = exchange;
    }

    /** With a stand-in that answers as the exchange does, and not as we do. */
    static FuzzRules withAnExchange(ApiDocument document) {
        return new FuzzRules(document, true);
    }

    /** How often each operation answered which status. */
    Map<String, Integer> seen() {
        return seen;
    }

    void judge(FuzzInput.Call call) throws IOException {
        Answer answer = answer(call.bytes(), call.method().equals("HEAD"), call.toString());
        assertThat(answer.status()).as(call + "\n" + answer).isNotZero();
        judge(answer, call.method(), call.path(), call.toString());
    }

    /** What is no HTTP, or hardly: it may be refused without a word, and that is all it may do. */
    Answer judgeWire(byte[] bytes, String what) throws IOException {
        Answer answer = answer(bytes, false, what);
        if (answer.status() > 0) {
            judge(answer, "", "", what);
        }
        return answer;
    }

    private static Answer answer(byte[] bytes, boolean head, String what) throws IOException {
        try {
            return RawCall.of(bytes, head);
        } catch (SocketTimeoutException e) {
            return fail("a hang: " + what);
        } catch (RuntimeException e) {
            throw new AssertionError("an answer that can't be read to: " + what, e);
        }
    }

    private void judge(Answer answer, String method, String path, String what) throws IOException {
        String context = what + "\n" + answer;
        boolean told = answer.status() < 500 || answer.status() == 503;
        assertThat(told).as(context).isTrue();
        boolean ours = path.contains("/q/") && answer.status() == 200;
        String text = answer.toString();
        assertThat(ours ? List.of() : INSIDE).as(context).noneMatch(text::contains);
        // Written in one of many ways: what counts is what it says it is.
        boolean reveals = answer.status() == 200 && answer.body().contains("\"streamUrl\":");
        if (!reveals) {
            assertThat(SECRETS).as(context).noneMatch(text::contains);
        }
        // Quarkus' own words: DOWN is a body of 503, and metrics that nobody accepts a bare 406.
        boolean foreign = path.contains("/q/health")
                || (path.contains("/q/metrics") && answer.status() == 406)
                || (exchange && path.contains("/eapi/"));
        if (answer.status() >= 400 && !method.equals("HEAD") && !isBare(answer) && !foreign) {
            problem(answer, context);
        }
        if (answer.status() == 405) {
            assertThat(answer.header("allow")).as(context).isNotBlank();
        }
        Operation operation = document.find(method, path);
        if (operation != null && !isBare(answer)) {
            seen.merge(operation + " " + answer.status(), 1, Integer::sum);
            document.check(operation, answer);
        }
    }

    private static boolean isBare(Answer answer) {
        return BARE.contains(answer.status())
                && answer.body().isEmpty()
                && answer.headers().keySet().stream()
                        .allMatch(name -> name.equals("content-length") || name.equals("connection"));
    }

    private static void problem(Answer answer, String context) throws IOException {
        assertThat(answer.header("content-type")).as(context).isEqualTo("application/problem+json");
        JsonNode problem = JSON.readTree(answer.body());
        assertThat(problem.fieldNames())
                .toIterable()
                .as(context)
                .containsExactlyInAnyOrder("type", "title", "status", "detail", "code");
        assertThat(problem.get("status").intValue()).as(context).isEqualTo(answer.status());
        for (String member : List.of("type", "title", "detail", "code")) {
            assertThat(problem.get(member).asText()).as(context).isNotBlank();
        }
    }
}
