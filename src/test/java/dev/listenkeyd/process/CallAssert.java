package dev.listenkeyd.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.exchange.CallLedger.Call;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What must hold of the calls that an exchange got, whatever happened to those who sent them. */
public final class CallAssert {
    private final List<Call> calls;

    private CallAssert(List<Call> calls) {
        this.calls = calls;
    }

    public static CallAssert assertThatCalls(List<Call> calls) {
        return new CallAssert(calls);
    }

    public CallAssert closeNoKey() {
        assertThat(calls).extracting(Call::method).doesNotContain("DELETE");
        return this;
    }

    /** No account has two calls on their way at once. */
    public CallAssert doNotOverlap() {
        Map<String, Call> last = new HashMap<>();
        for (Call call : calls) {
            Call before = last.put(call.apiKey(), call);
            if (before != null) {
                assertThat(before.answeredAt())
                        .as("%s is answered before %s comes", before, call)
                        .isNotNull()
                        .isBeforeOrEqualTo(call.at());
            }
        }
        return this;
    }

    /** No call came between these instants. */
    public CallAssert areSilent(Instant from, Instant to) {
        assertThat(calls)
                .as("calls from %s to %s", from, to)
                .noneMatch(call -> call.at().isAfter(from) && call.at().isBefore(to));
        return this;
    }

    /** In no window more calls than the weight. */
    public CallAssert stayWithin(int weight, Duration window) {
        for (int first = 0; first + weight < calls.size(); first++) {
            Call next = calls.get(first + weight);
            assertThat(Duration.between(calls.get(first).at(), next.at()))
                    .as("%d calls and then %s", weight, next)
                    .isGreaterThan(window);
        }
        return this;
    }
}
