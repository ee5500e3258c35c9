package dev.listenkeyd.policy;

import static dev.listenkeyd.policy.Policies.CREATE;
import static dev.listenkeyd.policy.Policies.DELETE;
import static dev.listenkeyd.policy.Policies.EXPLAIN;
import static dev.listenkeyd.policy.Policies.RENEW;
import static dev.listenkeyd.policy.Policies.STATUS;
import static dev.listenkeyd.policy.Policies.WHAT_IF;
import static dev.listenkeyd.policy.Policies.limit;
import static dev.listenkeyd.policy.Policies.limited;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.policy.Decision.Allowed;
import dev.listenkeyd.policy.Decision.Denied;
import dev.listenkeyd.policy.Decision.NeedsApproval;
import java.time.Instant;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a policy decides, in virtual time. */
class PolicyTest {
    private static final Instant START = Instant.parse("2026-11-22T10:30:00Z");
    private static final String AGENT = "agent";
    private static final String SESSION = "s1";

    private final Counters counters = new Counters();
    private Instant now = START;

    // What is named, what isn't.

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
        Decision decision = Policy.decide(null, call(RENEW), counters, now);

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
    void whatIsForbiddenCanBeToldWithoutTakingAnything(String byDefault, String tool, boolean forbidden) {
        Policy policy = Policies.of("{'version':'1','default':'" + byDefault
                + "','hide':['unseen'],'tools':{'listed':{'action':'deny'},'asked':{'action':'require_approval'}}}");

        assertThat(policy.forbids(tool)).isEqualTo(forbidden);
        assertThat(counters.size()).isZero();
    }

    // Windows.

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
    void ofSeveralUsedUpLimitsTheOneThatTakesLongestIsTold() {
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

    // Whose calls count together.

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

    // The sliding limit.

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

    // Give-back.

    @ParameterizedTest
    @ValueSource(strings = {"grant", "session", "server"})
    void whatIsGivenBackIsThereAgainOnce(String scope) {
        Policy policy = limited(limit("c", "hour", 2, scope));
        Allowed first = (Allowed) decide(policy, RENEW);
        decide(policy, RENEW);

        counters.refund(first.reservation());
        counters.refund(first.reservation());

        assertThat(allowed(policy, RENEW, 3)).isEqualTo(1);
    }

    @Test
    void whatIsGivenBackAfterItsWindowGivesTheNextOneNothing() {
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

    // Reload.

    @Test
    void anotherPolicyGoesOnCountingWhereTheOneBeforeStopped() {
        assertThat(allowed(limited(limit("c", "hour", 3, "grant")), RENEW, 9)).isEqualTo(3);

        assertThat(allowed(limited(limit("c", "hour", 5, "grant")), RENEW, 9)).isEqualTo(2);
        assertThat(allowed(limited(limit("c", "hour", 4, "grant")), RENEW, 9)).isZero();
    }

    @Test
    void aSlidingLimitGoesOnCountingToo() {
        assertThat(allowed(sliding(1, 60), RENEW, 9)).isEqualTo(1);
        now = now.plusSeconds(10);

        assertThat(allowed(sliding(4, 60), RENEW, 9)).isEqualTo(3);
        assertThat(decide(sliding(2, 60), RENEW))
                .isInstanceOfSatisfying(
                        Denied.class,
                        denied -> assertThat(denied.comeBackAt())
                                .as("three of the four must be gone")
                                .isEqualTo(START.plusSeconds(70)));
    }

    // Clocks that are set.

    @Test
    void aClockThatIsSetBackGivesNoSecondQuotaAndLocksNobodyOut() {
        Policy policy = limited(limit("c", "minute", 2, "grant"));
        assertThat(allowed(policy, RENEW, 9)).isEqualTo(2);

        now = now.minus(ofDays(1));

        assertThat(decide(policy, RENEW))
                .isInstanceOfSatisfying(
                        Denied.class,
                        denied -> assertThat(denied.comeBackAt())
                                .isEqualTo(START.minus(ofDays(1)).plusSeconds(60)));
        now = now.plus(ofMinutes(1));
        assertThat(allowed(policy, RENEW, 9)).isEqualTo(2);
    }

    @Test
    void aClockThatIsSetBackGivesNoSecondSlidingQuotaAndLocksNobodyOut() {
        Policy policy = sliding(2, 60);
        assertThat(allowed(policy, RENEW, 9)).isEqualTo(2);

        now = START.minus(ofHours(1));
        assertThat(decide(policy, RENEW)).isInstanceOf(Denied.class);
        now = now.plusMillis(59_999);
        assertThat(decide(policy, RENEW)).isInstanceOf(Denied.class);
        now = now.plusMillis(1);
        assertThat(allowed(policy, RENEW, 9)).isEqualTo(2);
    }

    @Test
    void whatIsGivenBackAfterTheClockWasSetBackIsThereAgain() {
        Policy policy = limited(limit("c", "minute", 1, "grant"));
        Allowed reservation = (Allowed) decide(policy, RENEW);
        now = now.minus(ofHours(1));
        assertThat(decide(policy, RENEW)).isInstanceOf(Denied.class);

        counters.refund(reservation.reservation());

        assertThat(decide(policy, RENEW)).isInstanceOf(Allowed.class);
    }

    @Test
    void aClockThatIsSetForwardOpensTheNextWindowOnce() {
        Policy policy = limited(limit("c", "hour", 2, "grant"));
        assertThat(allowed(policy, RENEW, 9)).isEqualTo(2);

        now = now.plus(ofDays(400));
        assertThat(allowed(policy, RENEW, 9)).isEqualTo(2);
        now = START;
        assertThat(allowed(policy, RENEW, 9)).isZero();
    }

    // Memory and threads.

    @Test
    void whatIsOverIsForgotten() {
        Policy policy = limited(limit("c", "minute", 2, "grant"));
        for (int i = 0; i < 100; i++) {
            policy.decide(new Call("client" + i, SESSION, RENEW), counters, now);
        }
        assertThat(counters.size()).isEqualTo(200);

        now = now.plus(ofMinutes(1));
        decide(policy, RENEW);

        assertThat(counters.size()).as("one counter and all sessions").isEqualTo(102);
    }

    @Test
    void sessionsAreBoundedAndWhatOthersHaveUsedStays() {
        Policy policy = limited(limit("c", "hour", 5000, "grant"));
        for (int i = 0; i < 5000; i++) {
            assertThat(policy.decide(new Call(AGENT, "s" + i, RENEW), counters, now))
                    .isInstanceOf(Allowed.class);
        }

        assertThat(counters.size()).isEqualTo(Counters.MOST_SESSIONS + 1);
        assertThat(decide(policy, RENEW)).isInstanceOf(Denied.class);
    }

    @Test
    void aSessionThatEndedIsForgotten() {
        Policy policy = limited(limit("c", "hour", 1, "session"));
        decide(policy, RENEW);
        assertThat(decide(policy, RENEW)).isInstanceOf(Denied.class);

        counters.sessionEnded("other", SESSION);
        assertThat(decide(policy, RENEW)).isInstanceOf(Denied.class);
        counters.sessionEnded(AGENT, SESSION);

        assertThat(counters.size()).isZero();
        assertThat(decide(policy, RENEW)).isInstanceOf(Allowed.class);
    }

    @Test
    void manyAtOnceGetNoMoreThanOneAfterTheOther() throws InterruptedException {
        Policy policy = limited(limit("c", "hour", 100_000, "grant") + "," + limit("d", "day", 90_000, "server"));
        AtomicInteger passed = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        for (int i = 0; i < 8; i++) {
            threads.execute(() -> passed.addAndGet(allowed(policy, RENEW, 20_000)));
        }
        threads.shutdown();

        assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(passed).hasValue(90_000);
    }

    private static Policy sliding(int max, int seconds) {
        return Policies.of("{'version':'1','tools':{'" + RENEW + "':{'rate_limit':{'max':" + max + ",'window':"
                + seconds + "}}}}");
    }

    private static Call call(String tool) {
        return new Call(AGENT, SESSION, tool);
    }

    private Decision decide(Policy policy, String tool) {
        return policy.decide(call(tool), counters, now);
    }

    /** How many of so many calls pass. */
    private int allowed(Policy policy, String tool, int calls) {
        int passed = 0;
        for (int i = 0; i < calls; i++) {
            passed += decide(policy, tool) instanceof Allowed ? 1 : 0;
        }
        return passed;
    }
}
