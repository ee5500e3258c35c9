package dev.listenkeyd.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.listenkeyd.policy.PolicyReader.Invalid;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is taken for a policy, and what is told of what isn't one. */
class PolicyReaderTest {

    @Test
    void everyMemberOfThePublishedFormIsRead() {
        Policy policy = Policies.of("""
                {"version":"1","default":"deny","hide":["BinanceOptionsDeleteListenKey"],
                 "all_tools":{"limits":[{"counter":"all","window":"hour","max":600,"scope":"grant"}]},
                 "tools":{"BinanceOptionsRenewListenKey":{"action":"allow","limits":[{"counter":"binanceoptionsrenewlistenkey_rate","window":"minute","max":60,"scope":"grant"}],
                          "rate_limit":{"max":10,"window":60}},
                          "BinanceOptionsCreateListenKey":{"action":"require_approval","reason":"a person decides"},
                          "BinanceOptionsDeleteListenKey":{"action":"deny","reason":"other programs use the key"}}}
                """);

        assertThat(policy.allowsByDefault()).isFalse();
        assertThat(policy.hidden()).containsExactly(Policies.DELETE);
        assertThat(policy.allTools())
                .containsExactly(new Limit("all", Window.HOUR, 600, Limit.Scope.GRANT, "/all_tools/limits/0"));
        assertThat(policy.tools())
                .containsOnlyKeys(Policies.RENEW, Policies.CREATE, Policies.DELETE)
                .containsEntry(
                        Policies.RENEW,
                        new ToolRule(
                                ToolRule.Action.ALLOW,
                                null,
                                List.of(new Limit(
                                        "binanceoptionsrenewlistenkey_rate",
                                        Window.MINUTE,
                                        60,
                                        Limit.Scope.GRANT,
                                        "/tools/BinanceOptionsRenewListenKey/limits/0")),
                                new RateLimit(
                                        10, Duration.ofMinutes(1), "/tools/BinanceOptionsRenewListenKey/rate_limit")))
                .containsEntry(
                        Policies.CREATE,
                        new ToolRule(ToolRule.Action.REQUIRE_APPROVAL, "a person decides", List.of(), null))
                .containsEntry(
                        Policies.DELETE,
                        new ToolRule(ToolRule.Action.DENY, "other programs use the key", List.of(), null));
    }

    @Test
    void theDefaultIsDeny() {
        Policy policy = Policies.of("{'version':'1'}");

        assertThat(policy.allowsByDefault()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
        null                                                                      | the policy must be an object
        []                                                                        | the policy must be an object
        {}                                                                        | /version: must be "1"
        {'version':1}                                                             | /version: must be "1"
        {'version':'1','rules':[]}                                                | /rules: is not known here
        {'version':'1','a/b~c':1}                                                 | /a~1b~0c: is not known here
        {'version':'1','default':'Deny'}                                          | /default: must be one of deny, allow
        {'version':'1','default':null}                                            | /default: must be one of deny, allow
        {'version':'1','hide':'x'}                                                | /hide: must be a list
        {'version':'1','hide':['ok',7]}                                           | /hide/1: must be the name of a tool
        {'version':'1','all_tools':{'rate_limit':{'max':1,'window':1}}}           | /all_tools/rate_limit: is not known here
        {'version':'1','tools':[]}                                                | /tools: must be an object
        {'version':'1','tools':{'a b':{}}}                                        | /tools/a b: is not the name of a tool
        {'version':'1','tools':{'x':null}}                                        | /tools/x: must be an object
        {'version':'1','tools':{'x':{'acton':'deny'}}}                            | /tools/x/acton: is not known here
        {'version':'1','tools':{'x':{'action':'block'}}}                          | /tools/x/action: must be one of allow, deny, require_approval
        {'version':'1','tools':{'x':{'reason':''}}}                               | /tools/x/reason: must be 1 to 200 printable characters
        {'version':'1','tools':{'x':{'reason':'a\\nb'}}}                          | /tools/x/reason: must be 1 to 200 printable characters
        {'version':'1','tools':{'x':{'limits':{}}}}                               | /tools/x/limits: must be a list
        {'version':'1','tools':{'x':{'rate_limit':{'max':1,'window':'60'}}}}      | /tools/x/rate_limit/window: must be a whole number from 1 to 86400
        {'version':'1','tools':{'x':{'rate_limit':{'max':10001,'window':60}}}}    | /tools/x/rate_limit/max: must be a whole number from 1 to 10000
        {'version':'1','tools':{'x':{'rate_limit':{'max':1,'window':86401}}}}     | /tools/x/rate_limit/window: must be a whole number from 1 to 86400
        {'version':'1','tools':{'x':{'rate_limit':{'max':1,'window':60,'by':1}}}} | /tools/x/rate_limit/by: is not known here
        """)
    void aWrongPolicyIsRefusedWithItsPointer(String json, String violation) {
        assertThat(violations(json)).containsExactly(violation);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
        'counter':'c','window':'minute','max':0,'scope':'grant'              | /max: must be a whole number from 1 to 2147483647
        'counter':'c','window':'minute','max':60.5,'scope':'grant'           | /max: must be a whole number from 1 to 2147483647
        'counter':'c','window':'minute','max':4294967297,'scope':'grant'     | /max: must be a whole number from 1 to 2147483647
        'counter':'c','window':'minute','max':true,'scope':'grant'           | /max: must be a whole number from 1 to 2147483647
        'counter':'c','window':'week','max':1,'scope':'grant'                | /window: must be one of minute, hour, day
        'counter':'c','window':'minute','max':1,'scope':'user'               | /scope: must be one of grant, session, server
        'counter':'c','window':'minute','max':1                              | /scope: must be one of grant, session, server
        'counter':'c d','window':'minute','max':1,'scope':'grant'            | /counter: must be 1 to 128 letters, digits and the signs _ . : -
        'window':'minute','max':1,'scope':'grant'                            | /counter: must be 1 to 128 letters, digits and the signs _ . : -
        'counter':'c','window':'minute','max':1,'scope':'grant','burst':3    | /burst: is not known here
        """)
    void aWrongLimitIsRefusedWithItsPointer(String members, String violation) {
        String sound = Policies.limit("c", "minute", 1, "grant");

        assertThat(violations("{'version':'1','tools':{'x':{'limits':[" + sound + ",{" + members + "}]}}}"))
                .containsExactly("/tools/x/limits/1" + violation);
    }

    @Test
    void everythingThatIsWrongIsToldAtOnce() {
        assertThat(violations("{'default':'maybe','hide':[1],'tools':{'x':{'acton':'deny','limits':[{}]}}}"))
                .containsExactlyInAnyOrder(
                        "/version: must be \"1\"",
                        "/default: must be one of deny, allow",
                        "/hide/0: must be the name of a tool",
                        "/tools/x/acton: is not known here",
                        "/tools/x/limits/0/counter: must be 1 to 128 letters, digits and the signs _ . : -",
                        "/tools/x/limits/0/window: must be one of minute, hour, day",
                        "/tools/x/limits/0/max: must be a whole number from 1 to 2147483647",
                        "/tools/x/limits/0/scope: must be one of grant, session, server");
    }

    @Test
    void listsThatAreTooLongAreRefusedWithABoundedMessage() {
        String tools = IntStream.rangeClosed(0, PolicyReader.MOST_TOOLS)
                .mapToObj(i -> "'t" + i + "':{'x':1}")
                .collect(Collectors.joining(","));
        String limits = ("," + Policies.limit("c", "minute", 1, "grant")).repeat(PolicyReader.MOST_LIMITS);

        assertThat(violations("{'version':'1','tools':{" + tools + "}}"))
                .contains("/tools: must not have more than 256 members")
                .hasSize(51)
                .last()
                .isEqualTo("and 208 more");
        assertThat(violations("{'version':'1','all_tools':{'limits':[" + Policies.limit("c", "minute", 1, "grant")
                        + limits + "]}}"))
                .containsExactly("/all_tools/limits: must not have more than 16 items");
    }

    /** An operator who denies a tool in a hurry must not be told to remove its limits first. */
    @Test
    void aDeniedToolMayKeepItsLimits() {
        Policy policy = Policies.of("{'version':'1','tools':{'x':{'action':'deny','limits':["
                + Policies.limit("c", "minute", 1, "grant") + "]}}}");

        assertThat(policy.tools())
                .hasEntrySatisfying("x", rule -> assertThat(rule.limits()).hasSize(1));
    }

    private static List<String> violations(String json) {
        Invalid invalid = catchThrowableOfType(Invalid.class, () -> Policies.parse(json));
        assertThat(invalid).as(json).isNotNull();
        return invalid.violations();
    }
}
