package dev.listenkeyd.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.policy.Call;
import dev.listenkeyd.policy.Decision;
import dev.listenkeyd.policy.Decision.Denied;
import dev.listenkeyd.policy.Decision.NeedsApproval;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

@NullUnmarked
class ConcurrencyLimitTest {
    private static final Decision ASK = new NeedsApproval("rule", "a person decides", null);
    /** Of a call that waits for nobody. */
    private static final Decision OTHER = new Denied("rule", "reason", null);

    private final ConcurrencyLimit underWay = new ConcurrencyLimit();
    private int ids;

    @Test
    void oneClientHasItsShare() {
        AgentCall first = call("bot");
        assertThat(underWay.begin(first)).isNull();
        for (int i = 1; i < ConcurrencyLimit.MOST_PER_CLIENT; i++) {
            assertThat(underWay.begin(call("bot"))).isNull();
        }
        assertThat(underWay.begin(call("bot")).word()).isEqualTo("busy");
        assertThat(underWay.begin(call("another"))).isNull();

        underWay.end(first);
        assertThat(underWay.begin(call("bot"))).isNull();
    }

    @Test
    void allTogetherHaveTheirs() {
        AgentCall first = call("bot");
        assertThat(underWay.begin(first)).isNull();
        for (int i = 1; i < ConcurrencyLimit.MOST; i++) {
            assertThat(underWay.begin(call("bot-" + i))).isNull();
        }
        assertThat(underWay.begin(call("one-more")).word()).isEqualTo("busy");

        underWay.end(first);
        assertThat(underWay.begin(call("one-more"))).isNull();
    }

    /** Of the two, the agent could take back only one. */
    @Test
    void anIdThatWaitsIsRefused() {
        AgentCall waits = call("session", 7, ASK);
        underWay.begin(waits);

        assertThat(underWay.begin(call("session", 7, ASK)).word()).isEqualTo("invalid-request");
        assertThat(underWay.begin(call("session", 7, OTHER)).word()).isEqualTo("invalid-request");
        assertThat(underWay.begin(call("session", 8, ASK))).isNull();
        assertThat(underWay.begin(call("session", "7", ASK))).isNull();
        assertThat(underWay.begin(call("another session", 7, ASK))).isNull();

        underWay.end(waits);
        assertThat(underWay.begin(call("session", 7, ASK))).isNull();
    }

    @Test
    void anIdOfACallThatWaitsForNobodyCanBeUsedAgain() {
        underWay.begin(call("session", 7, OTHER));

        assertThat(underWay.begin(call("session", 7, OTHER))).isNull();
    }

    @Test
    void aCallIsTakenBackByItsId() {
        AgentCall seven = begun("session", 7);
        AgentCall eight = begun("session", 8);
        AgentCall elsewhere = begun("another session", 7);

        underWay.takenBack("session", 7);
        underWay.takenBack("session", null);
        underWay.takenBack("session", 9);

        assertThat(seven.takenBack()).isDone();
        assertThat(eight.takenBack()).isNotDone();
        assertThat(elsewhere.takenBack()).isNotDone();
    }

    @Test
    void whatIsInASessionEndsWithIt() {
        AgentCall seven = begun("session", 7);
        AgentCall eight = begun("session", 8);
        AgentCall elsewhere = begun("another session", 7);

        underWay.sessionEnded("session");

        assertThat(seven.takenBack()).isDone();
        assertThat(eight.takenBack()).isDone();
        assertThat(elsewhere.takenBack()).isNotDone();
    }

    private AgentCall begun(String session, Object id) {
        AgentCall call = call(session, id, ASK);
        assertThat(underWay.begin(call)).isNull();
        return call;
    }

    private AgentCall call(String client) {
        return call(client, client + "'s session", ids++, ASK);
    }

    private static AgentCall call(String session, Object id, Decision decision) {
        return call("bot", session, id, decision);
    }

    private static AgentCall call(String client, String session, Object id, Decision decision) {
        Call call = new Call(client, session, ToolNames.RENEW);
        return new AgentCall(new UnknownTool(), call, id, Map.of(), decision, new CompletableFuture<>());
    }
}
