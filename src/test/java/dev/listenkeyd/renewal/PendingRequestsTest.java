package dev.listenkeyd.renewal;

import static dev.listenkeyd.lease.Given.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.renewal.PendingRequests.Kind;
import dev.listenkeyd.renewal.PendingRequests.PendingRequest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PendingRequestsTest {
    private final PendingRequests requests = new PendingRequests();

    @Test
    void nobodyWaitsAtFirst() {
        assertThat(requests.first("a")).isNull();
        assertThat(requests.removeCompletedBy("a", null, true)).isEmpty();
        assertThat(requests.removeTimedOut(at(1e9))).isEmpty();
    }

    @Test
    void theFirstComeIsFirstServed() {
        PendingRequest ask = add("a", Kind.ASK, 5);
        PendingRequest renew = add("a", Kind.RENEW, 5);

        assertThat(requests.first("a")).isSameAs(ask);
        assertThat(requests.removeCompletedBy("a", ask, true)).containsExactly(ask);
        assertThat(requests.first("a")).isSameAs(renew);
    }

    @Test
    void aRenewalAnswersAllWhoWantedOne() {
        PendingRequest first = add("a", Kind.RENEW, 5);
        PendingRequest ask = add("a", Kind.ASK, 5);
        PendingRequest joined = add("a", Kind.RENEW, 9);
        add("b", Kind.RENEW, 5);

        List<PendingRequest> answered = requests.removeCompletedBy("a", first, true);

        assertThat(answered).containsExactly(first, joined);
        assertThat(requests.first("a")).isSameAs(ask);
        assertThat(requests.first("b")).isNotNull();
    }

    @Test
    void anAttemptThatNobodyAskedForAnswersRenewalsOnly() {
        PendingRequest close = add("a", Kind.CLOSE, 5);
        PendingRequest renew = add("a", Kind.RENEW, 5);

        assertThat(requests.removeCompletedBy("a", null, true)).containsExactly(renew);
        assertThat(requests.first("a")).isSameAs(close);
    }

    @ParameterizedTest(name = "{0}: given up {1}")
    @CsvSource({"RENEW, true", "ASK, false", "CLOSE, false"})
    void whatChangesALeaseIsWaitedForOnceItHasBegun(Kind kind, boolean givenUp) {
        PendingRequest request = add("a", kind, 5);
        assertThat(requests.begin("a")).isSameAs(request);

        assertThat(requests.removeTimedOut(at(5)).isEmpty()).isEqualTo(!givenUp);
    }

    @Test
    void twoAlikeAreTwo() {
        PendingRequest one = add("a", Kind.ASK, 5);
        PendingRequest two = add("a", Kind.ASK, 5);

        assertThat(requests.removeCompletedBy("a", one, true)).containsExactly(one);
        assertThat(requests.first("a")).isSameAs(two);
    }

    @Test
    void patienceEndsExactlyWhenItWasSaid() {
        PendingRequest hasty = add("a", Kind.RENEW, 5);
        PendingRequest patient = add("a", Kind.RENEW, 6);
        PendingRequest elsewhere = add("b", Kind.CLOSE, 5);

        assertThat(requests.removeTimedOut(at(4.999))).isEmpty();
        assertThat(requests.removeTimedOut(at(5))).isEqualTo(Map.of("a", List.of(hasty), "b", List.of(elsewhere)));
        assertThat(requests.first("a")).isSameAs(patient);
        assertThat(requests.first("b")).isNull();
    }

    private PendingRequest add(String account, Kind kind, double giveUpAt) {
        PendingRequest request = new PendingRequest(kind, null, at(giveUpAt), new CompletableFuture<>());
        requests.add(account, request);
        return request;
    }

    @Test
    void anAttemptForAnotherLeaseAnswersNobodyWhoJoined() {
        PendingRequest renew = add("a", Kind.RENEW, 60);

        assertThat(requests.removeCompletedBy("a", null, false)).isEmpty();
        assertThat(requests.first("a")).isEqualTo(renew);
    }
}
