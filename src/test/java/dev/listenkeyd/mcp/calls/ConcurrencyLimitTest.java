package dev.listenkeyd.mcp.calls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.policy.Call;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class ConcurrencyLimitTest {
    private final ConcurrencyLimit limit = new ConcurrencyLimit();
    private int ids;

    @Test
    void oneClientHasItsShare() {
        AgentCall first = call("bot");
        assertThat(limit.begin(first)).isNull();
        for (int i = 1; i < ConcurrencyLimit.MOST_PER_CLIENT; i++) {
            assertThat(limit.begin(call("bot"))).isNull();
        }
        assertThat(limit.begin(call("bot")).word()).isEqualTo("busy");
        assertThat(limit.begin(call("another"))).isNull();

        limit.end(first);
        assertThat(limit.begin(call("bot"))).isNull();
    }

    @Test
    void allTogetherHaveTheirs() {
        AgentCall first = call("bot");
        assertThat(limit.begin(first)).isNull();
        for (int i = 1; i < ConcurrencyLimit.MOST; i++) {
            assertThat(limit.begin(call("bot-" + i))).isNull();
        }
        assertThat(limit.begin(call("one-more")).word()).isEqualTo("busy");

        limit.end(first);
        assertThat(limit.begin(call("one-more"))).isNull();
    }

    /** Of the two, the agent could take back only one. */
    @Test
    void anIdThatWaitsIsRefused() {
        AgentCall waits = begun("session", 7);
        AgentCall undecided = begun("session", 7);
        assertThat(limit.beginWaiting(waits)).isNull();

        assertThat(limit.begin(call("session", 7)).word()).isEqualTo("invalid-request");
        assertThat(limit.beginWaiting(undecided).word()).isEqualTo("invalid-request");
        assertThat(limit.begin(call("session", 8))).isNull();
        assertThat(limit.begin(call("session", "7"))).isNull();
        assertThat(limit.begin(call("another session", 7))).isNull();

        limit.end(waits);
        assertThat(limit.beginWaiting(undecided)).isNull();
    }

    @Test
    void anIdOfACallThatWaitsForNobodyCanBeUsedAgain() {
        begun("session", 7);

        assertThat(limit.begin(call("session", 7))).isNull();
    }

    @Test
    void aCallIsTakenBackByItsId() {
        AgentCall seven = begun("session", 7);
        AgentCall eight = begun("session", 8);
        AgentCall elsewhere = begun("another session", 7);

        limit.cancel("session", 7);
        limit.cancel("session", null);
        limit.cancel("session", 9);

        assertThat(seven.cancelled()).isDone();
        assertThat(eight.cancelled()).isNotDone();
        assertThat(elsewhere.cancelled()).isNotDone();
    }

    @Test
    void theCallsOfASessionEndWithIt() {
        AgentCall seven = begun("session", 7);
        AgentCall eight = begun("session", 8);
        AgentCall elsewhere = begun("another session", 7);

        limit.sessionEnded("session");

        assertThat(seven.cancelled()).isDone();
        assertThat(eight.cancelled()).isDone();
        assertThat(elsewhere.cancelled()).isNotDone();
    }

    private AgentCall begun(String session, Object id) {
        AgentCall call = call(session, id);
        assertThat(limit.begin(call)).isNull();
        return call;
    }

    private AgentCall call(String client) {
        return call(client, client + "'s session", ids++);
    }

    private static AgentCall call(String session, Object id) {
        return call("bot", session, id);
    }

    private static AgentCall call(String client, String session, Object id) {
        Call call = new Call(client, session, ToolNames.RENEW);
        return new AgentCall(new UnknownTool(), call, id, Map.of(), new CompletableFuture<>());
    }
}
