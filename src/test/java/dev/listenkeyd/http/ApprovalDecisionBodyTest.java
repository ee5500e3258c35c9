package dev.listenkeyd.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.lease.LeaseRefused;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a person's decision may look like. */
class ApprovalDecisionBodyTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"decision\":\"approve\"} | true |",
                "{\"decision\":\"approve\",\"reason\":null} | true |",
                "{\"decision\":\"reject\",\"reason\":\"not today\"} | false | not today",
                "{\"reason\":\"später, \u4e0d\u8981 \ud83d\udca9\",\"decision\":\"reject\"} | false | später, \u4e0d\u8981 \ud83d\udca9",
            })
    void aDecisionIsOneOfTwoWithAReasonOrWithout(String body, boolean approves, String reason) {
        ApprovalDecisionBody decision = parse(body);

        assertThat(decision.approves()).isEqualTo(approves);
        assertThat(decision.reason()).isEqualTo(reason);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | decision: is missing",
                "{\"decision\":null} | decision: is missing",
                "{\"decision\":true} | decision: must be a string",
                "{\"decision\":\"APPROVE\"} | decision: must be approve or reject",
                "{\"decision\":\"\"} | decision: must be approve or reject",
                "{\"decision\":\"maybe\",\"reason\":7,\"note\":1} | note: unknown member; known are decision, reason; decision: must be approve or reject; reason: must be a string",
                "{\"decision\":\"approve\",\"decision\":\"reject\"} | body: not valid JSON at line 1, column 33",
                "{\"decision\":\"approve\"} {} | body: not valid JSON at line 1, column 24",
                "[\"approve\"] | body: must be a JSON object",
                "\"approve\" | body: must be a JSON object",
            })
    void everyViolationIsNamed(String body, String complaint) {
        refused(body, complaint);
    }

    /** A model would read what no person sees, or take a second line for somebody else's. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a\\nb",
                "a\\u0000",
                "\\u001b[2J",
                "a\\u0085b",
                "a\\u2028b",
                "a\\u2029b",
                "a\\u202eb",
                "a\\u200bb",
                "\\ufeffa",
                "\\udb40\\udc41",
                "\\ud800",
                "\\ue000",
            })
    void aReasonHasNothingInvisibleInIt(String reason) {
        refused(
                "{\"decision\":\"reject\",\"reason\":\"" + reason + "\"}",
                "reason: must be 1 to 200 printable characters");
    }

    @Test
    void aReasonIsBounded() {
        String most = "\ud83d\udca9".repeat(200);

        assertThat(parse("{\"decision\":\"reject\",\"reason\":\"" + most + "\"}")
                        .reason())
                .isEqualTo(most);
        refused(
                "{\"decision\":\"reject\",\"reason\":\"" + most + "a\"}",
                "reason: must be 1 to 200 printable characters");
    }

    private static void refused(String body, String complaint) {
        assertThatThrownBy(() -> parse(body))
                .isInstanceOfSatisfying(
                        LeaseRefused.class,
                        refused -> assertThat(refused.detail()).isEqualTo(complaint));
    }

    private static ApprovalDecisionBody parse(String body) {
        return ApprovalDecisionBody.parse(body.getBytes(UTF_8));
    }
}
