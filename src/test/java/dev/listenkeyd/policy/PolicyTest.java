package dev.listenkeyd.policy;

import static dev.listenkeyd.policy.Policies.CREATE;
import static dev.listenkeyd.policy.Policies.DELETE;
import static dev.listenkeyd.policy.Policies.EXPLAIN;
import static dev.listenkeyd.policy.Policies.RENEW;
import static dev.listenkeyd.policy.Policies.STATUS;
import static dev.listenkeyd.policy.Policies.WHAT_IF;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.policy.Decision.Allowed;
import dev.listenkeyd.policy.Decision.Denied;
import dev.listenkeyd.policy.Decision.NeedsApproval;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which tools a policy allows, denies, hides or leaves to a person. */
class PolicyTest extends PolicyDecisions {
    @Test
    void thePublishedPolicyAllowsSixtyRenewalsAMinuteAndNothingElse() throws Exception {
        Policy policy = Policies.shipped("renew-only.json");

        assertThat(allowed(policy, RENEW, 60)).isEqualTo(60);
        assertThat(decide(policy, RENEW))
                .isEqualTo(new Denied(
                        "/tools/BinanceOptionsRenewListenKey/limits/0",
                        "the limit of this client is used up: 60 per minute",
                        Instant.parse("2026-11-22T10:31:00Z")));
        for (String other : new String[] {CREATE, DELETE, STATUS, EXPLAIN, WHAT_IF, "BinancePlaceOrder"}) {
            assertThat(decide(policy, other).rule()).as(other).isEqualTo("(default deny)");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {RENEW, CREATE, DELETE, STATUS, EXPLAIN, WHAT_IF, "anything"})
    void denyAllDeniesAll(String tool) throws Exception {
        assertThat(decide(Policies.shipped("deny-all.json"), tool))
                .isInstanceOfSatisfying(
                        Denied.class, denied -> assertThat(denied.comeBackAt()).isNull());
    }

    @Test
    void theOperatorsPolicyAllowsAllToolsAndAsksAPersonBeforeKeysComeAndGo() throws Exception {
        Policy policy = Policies.shipped("operator.json");

        for (String tool : new String[] {RENEW, STATUS, EXPLAIN, WHAT_IF}) {
            assertThat(decide(policy, tool)).as(tool).isInstanceOf(Allowed.class);
        }
        for (String tool : new String[] {CREATE, DELETE}) {
            assertThat(decide(policy, tool)).as(tool).isInstanceOf(NeedsApproval.class);
        }
        assertThat(decide(policy, "anything").rule()).isEqualTo("(default deny)");
        assertThat(allowed(policy, STATUS, 1000))
                .as("of 600 an hour 6 are used")
                .isEqualTo(594);
    }

    @Test
    void aClientWithoutAPolicyMayCallNothing() {
        Decision decision = Policy.decideOrDeny(null, call(RENEW), counters, now);

        assertThat(decision.rule()).isEqualTo("(no policy)");
        assertThat(decision).isInstanceOf(Denied.class);
    }

    @Test
    void hiddenIsDeniedWhateverElseIsSaid() {
        Policy policy = Policies.of("{'version':'1','default':'allow','hide':['" + RENEW + "','other'],'tools':{'"
                + RENEW + "':{'action':'allow'}}}");

        assertThat(decide(policy, RENEW).rule()).isEqualTo("(hidden)");
        assertThat(decide(policy, "other").rule()).isEqualTo("(hidden)");
        assertThat(decide(policy, "third"))
                .isInstanceOfSatisfying(
                        Allowed.class, allowed -> assertThat(allowed.rule()).isEqualTo("(default allow)"));
    }

    @Test
    void theReasonIsTheOneThatThePolicyGives() {
        Policy policy = Policies.of("{'version':'1','tools':{'" + DELETE
                + "':{'action':'deny','reason':'other programs use the key'},'" + CREATE
                + "':{'action':'require_approval','reason':'a person decides'}}}");

        assertThat(decide(policy, DELETE))
                .isEqualTo(new Denied("/tools/" + DELETE + "/action", "other programs use the key", null));
        assertThat(decide(policy, CREATE)).isInstanceOfSatisfying(NeedsApproval.class, asked -> {
            assertThat(asked.rule()).isEqualTo("/tools/" + CREATE + "/action");
            assertThat(asked.reason()).isEqualTo("a person decides");
        });
    }

    @ParameterizedTest
    @CsvSource({
        "allow, listed,   true",
        "allow, asked,    false",
        "allow, other,    false",
        "allow, unseen,   true",
        "deny,  asked,    false",
        "deny,  other,    true"
    })
    void forbidsReservesNothing(String byDefault, String tool, boolean forbidden) {
        Policy policy = Policies.of("{'version':'1','default':'" + byDefault
                + "','hide':['unseen'],'tools':{'listed':{'action':'deny'},'asked':{'action':'require_approval'}}}");

        assertThat(policy.forbids(tool)).isEqualTo(forbidden);
        assertThat(counters.size()).isZero();
    }
}
