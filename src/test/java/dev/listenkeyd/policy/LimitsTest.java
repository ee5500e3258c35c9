package dev.listenkeyd.policy;

import static dev.listenkeyd.policy.Policies.CREATE;
import static dev.listenkeyd.policy.Policies.RENEW;
import static dev.listenkeyd.policy.Policies.limit;
import static dev.listenkeyd.policy.Policies.limited;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.policy.Decision.Allowed;
import dev.listenkeyd.policy.Decision.Denied;
import dev.listenkeyd.policy.Decision.NeedsApproval;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Windows, scopes and refunds of limits. */
class LimitsTest extends PolicyDecisions {
    @ParameterizedTest
    @CsvSource({
        "minute, 2026-11-22T10:30:59.999Z, 2026-11-22T10:31:00Z",
        "hour,   2026-11-22T10:59:59.999Z, 2026-11-22T11:00:00Z",
        "day,    2026-11-22T23:59:59.999Z, 2026-11-23T00:00:00Z"
    })
    void aWindowEndsAsAClockShowsItAndNotAMillisecondEarlier(String window, Instant last, Instant next) {
        Policy policy = limited(limit("c", window, 2, "grant"));
        assertThat(allowed(policy, RENEW, 2)).isEqualTo(2);

        now = last;
        assertThat(decide(policy, RENEW))
                .isInstanceOfSatisfying(
                        Denied.class, denied -> assertThat(denied.comeBackAt()).isEqualTo(next));
        now = next;
        assertThat(allowed(policy, RENEW, 3)).isEqualTo(2);
    }

    @Test
    void aWindowDoesNotBeginWithTheFirstCall() {
        Policy policy = limited(limit("c", "minute", 1, "grant"));
        now = START.plusMillis(59_999);
        assertThat(allowed(policy, RENEW, 2)).isEqualTo(1);

        now = now.plusMillis(1);

        assertThat(allowed(policy, RENEW, 2)).isEqualTo(1);
    }

    @Test
    void aDenialNamesTheUsedUpLimitThatEndsLast() {
        Policy policy = limited(limit("c", "minute", 1, "grant") + "," + limit("d", "day", 1, "grant") + ","
                + limit("e", "hour", 1, "grant"));
        decide(policy, RENEW);

        assertThat(decide(policy, RENEW))
                .isEqualTo(new Denied(
                        "/tools/" + RENEW + "/limits/1",
                        "the limit of this client is used up: 1 per day",
                        Instant.parse("2026-11-23T00:00:00Z")));
    }

    @Test
    void aDeniedCallUsesNothingOfItsOtherLimits() {
        Policy policy = limited(limit("small", "minute", 1, "grant") + "," + limit("large", "hour", 2, "grant"));
        assertThat(allowed(policy, RENEW, 10)).isEqualTo(1);

        now = now.plus(ofMinutes(1));

        assertThat(decide(policy, RENEW)).isInstanceOf(Allowed.class);
    }

    @ParameterizedTest
    @CsvSource({
        // scope, same client other session, other client
        "grant,   false, true",
        "session, true,  true",
        "server,  false, false"
    })
    void aLimitCountsTheCallsOfItsScope(String scope, boolean otherSession, boolean otherClient) {
        Policy policy = limited(limit("c", "hour", 1, scope));
        decide(policy, RENEW);

        assertThat(decide(policy, RENEW)).isInstanceOf(Denied.class);
        assertThat(policy.decide(new Call(AGENT, "s2", RENEW), counters, now) instanceof Allowed)
                .isEqualTo(otherSession);
        assertThat(policy.decide(new Call("other", SESSION, RENEW), counters, now) instanceof Allowed)
                .isEqualTo(otherClient);
    }

    @Test
    void oneCounterOfTwoToolsIsOneCounter() {
        Policy policy = Policies.of("{'version':'1','tools':{'a':{'limits':[" + limit("c", "hour", 3, "grant")
                + "]},'b':{'limits':[" + limit("c", "hour", 2, "grant") + "]}}}");

        assertThat(allowed(policy, "a", 2)).isEqualTo(2);
        assertThat(decide(policy, "b")).isInstanceOf(Denied.class);
        assertThat(allowed(policy, "a", 5)).isEqualTo(1);
    }

    @Test
    void aCallThatTwoLimitsCountUnderOneNameIsOneCall() {
        Policy policy =
                Policies.of("{'version':'1','default':'allow','all_tools':{'limits':[" + limit("c", "hour", 5, "grant")
                        + "]},'tools':{'" + RENEW + "':{'limits':[" + limit("c", "hour", 3, "grant") + "]}}}");

        assertThat(allowed(policy, RENEW, 9)).isEqualTo(3);
        assertThat(allowed(policy, "other", 9)).isEqualTo(2);
        assertThat(decide(policy, "other").rule()).isEqualTo("/all_tools/limits/0");
    }

    @Test
    void oneNameCountsForItselfInEveryWindowAndScope() {
        Policy policy = limited(limit("c", "minute", 2, "grant") + "," + limit("c", "hour", 3, "grant") + ","
                + limit("c", "hour", 100, "server"));

        assertThat(allowed(policy, RENEW, 9)).isEqualTo(2);
        now = now.plus(ofMinutes(1));
        assertThat(allowed(policy, RENEW, 9)).isEqualTo(1);
    }

    @Test
    void aSlidingLimitLooksBackFromEveryCall() {
        Policy policy = sliding(2, 60);
        decide(policy, RENEW);
        now = START.plusSeconds(40);
        decide(policy, RENEW);

        now = START.plusMillis(59_999);
        assertThat(decide(policy, RENEW))
                .isEqualTo(new Denied(
                        "/tools/" + RENEW + "/rate_limit",
                        "this session calls too fast: at most 2 in 60 s",
                        START.plusSeconds(60)));
        now = START.plusSeconds(60);
        assertThat(allowed(policy, RENEW, 2)).isEqualTo(1);
        now = START.plusMillis(99_999);
        assertThat(decide(policy, RENEW)).isInstanceOf(Denied.class);
        now = START.plusSeconds(100);
        assertThat(decide(policy, RENEW)).isInstanceOf(Allowed.class);
    }

    @Test
    void aSlidingLimitIsOfOneSessionAndOneTool() {
        Policy policy = Policies.of("{'version':'1','tools':{'a':{'rate_limit':{'max':1,'window':60}},"
                + "'b':{'rate_limit':{'max':1,'window':60}}}}");

        assertThat(allowed(policy, "a", 2)).isEqualTo(1);
        assertThat(allowed(policy, "b", 2)).isEqualTo(1);
        assertThat(policy.decide(new Call(AGENT, "s2", "a"), counters, now)).isInstanceOf(Allowed.class);
        assertThat(policy.decide(new Call("other", SESSION, "a"), counters, now))
                .isInstanceOf(Allowed.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"grant", "session", "server"})
    void aRefundCountsOnce(String scope) {
        Policy policy = limited(limit("c", "hour", 2, scope));
        Allowed first = (Allowed) decide(policy, RENEW);
        decide(policy, RENEW);

        counters.refund(first.reservation());
        counters.refund(first.reservation());

        assertThat(allowed(policy, RENEW, 3)).isEqualTo(1);
    }

    @Test
    void aRefundAfterItsWindowAddsNothingToTheNextWindow() {
        Policy policy = limited(limit("c", "minute", 2, "grant"));
        Allowed late = (Allowed) decide(policy, RENEW);
        now = now.plus(ofMinutes(1));
        assertThat(allowed(policy, RENEW, 2)).isEqualTo(2);

        counters.refund(late.reservation());

        assertThat(decide(policy, RENEW)).isInstanceOf(Denied.class);
    }

    @Test
    void askingAPersonUsesTheLimitUntilItIsGivenBack() {
        Policy policy = Policies.of("{'version':'1','tools':{'" + CREATE + "':{'action':'require_approval','limits':["
                + limit("c", "hour", 1, "grant") + "]}}}");
        NeedsApproval asked = (NeedsApproval) decide(policy, CREATE);
        assertThat(decide(policy, CREATE)).isInstanceOf(Denied.class);

        counters.refund(asked.reservation());

        assertThat(decide(policy, CREATE)).isInstanceOf(NeedsApproval.class);
    }

    /** Otherwise an agent could call as fast as it likes while nothing works. */
    @Test
    void thePaceOfASessionIsNotGivenBack() {
        Policy policy = sliding(1, 60);
        Allowed only = (Allowed) decide(policy, RENEW);

        counters.refund(only.reservation());

        assertThat(decide(policy, RENEW)).isInstanceOf(Denied.class);
    }
}
