package dev.listenkeyd.renewal;

import static dev.listenkeyd.lease.Given.OTHER;
import static dev.listenkeyd.lease.Given.at;
import static dev.listenkeyd.lease.Given.failed;
import static dev.listenkeyd.lease.Given.paused;
import static dev.listenkeyd.lease.OnLoss.RECREATE;
import static dev.listenkeyd.lease.OnLoss.REPORT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Failure.Reason;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.RenewalOutcome.Confirmed;
import dev.listenkeyd.lease.RenewalOutcome.Renewed;
import dev.listenkeyd.simulation.CoreInVirtualTime;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The POST that asks which key is active. */
@NullUnmarked
class ConfirmationTest extends EngineFixture {

    @ParameterizedTest(name = "{0}, {1} of 10 used: {2}")
    @CsvSource({
        "NEVER, 0, PUT a",
        "AUTO, 0, PUT a;POST a",
        "AUTO, 3, PUT a;POST a",
        "AUTO, 4, PUT a",
        "AUTO, 9, PUT a",
        "ALWAYS, 5, PUT a;POST a",
        "ALWAYS, 8, PUT a;POST a",
        "ALWAYS, 9, PUT a",
    })
    void confirmsAsConfigured(Confirmation confirmation, int used, String calls) {
        CoreInVirtualTime confirming = new CoreInVirtualTime(confirmation, 10).watching(due("a", 100, 3600));
        confirming.clock.advanceTo(at(100));
        confirming.gate.recall(used);

        confirming.tick();

        assertThat(confirming.gateway.said()).containsExactly(calls.split(";"));
        assertThat(confirming.lease("a").state()).isInstanceOf(Active.class);
    }

    @ParameterizedTest(name = "{0}, {1} more due within the window: {2}")
    @CsvSource({
        "AUTO, 198, PUT main;POST main",
        "AUTO, 199, PUT main",
        "ALWAYS, 198, PUT main;POST main",
        "ALWAYS, 199, PUT main",
    })
    void aConfirmationTakesNoWeightThatRenewalsNeed(Confirmation confirmation, int others, String calls) {
        CoreInVirtualTime confirming = new CoreInVirtualTime(confirmation, 200).watching(due("main", 100, 3600));
        IntStream.range(0, others).forEach(i -> confirming.watching(due("a" + i, 160, 3600)));
        confirming.watching(due("later", 160.001, 3600));
        confirming.clock.advanceTo(at(100));

        confirming.tick();

        assertThat(confirming.gateway.said()).containsExactly(calls.split(";"));
    }

    @Test
    void aFailedConfirmationTakesNothingBack() {
        CoreInVirtualTime confirming = new CoreInVirtualTime(Confirmation.ALWAYS, 10).watching(due("main", 100, 3600));
        confirming.gateway.then("main", new Renewed(at(100))).then("main", failed(Reason.UNREACHABLE));

        confirming.tickAt(at(100));

        assertThat(confirming.lease("main").expiresAt()).isEqualTo(at(3700));
        assertThat(confirming.lease("main").state()).isInstanceOf(Active.class);
        assertThat(confirming.lease("main").lastFailure()).isNull();
        assertThat(confirming.events)
                .hasSize(2)
                .allMatch(event -> confirming.lease("main").equals(event.after()));
    }

    @Test
    void aConfirmationThatIsPausedClosesTheGate() {
        CoreInVirtualTime confirming = new CoreInVirtualTime(Confirmation.ALWAYS, 10).watching(due("a", 100, 3600));
        confirming.gateway.then("a", new Renewed(at(100))).then("a", paused(Reason.THROTTLED, at(160)));

        confirming.tickAt(at(100));

        assertThat(confirming.gate.opensAt()).isEqualTo(at(160));
        assertThat(confirming.lease("a").state()).isInstanceOf(Active.class);
    }

    @Test
    void aConfirmationThatNamesAnotherKeyIsARotation() {
        CoreInVirtualTime confirming = new CoreInVirtualTime(Confirmation.ALWAYS, 10).watching(due("a", 100, 3600));
        confirming.gateway.then("a", new Renewed(at(100))).then("a", new Confirmed(at(100), OTHER, null));

        confirming.tickAt(at(100));

        assertThat(confirming.lease("a").generation()).isEqualTo(2);
        assertThat(confirming.events.get(1).isRotation()).isTrue();
        assertThat(confirming.events.get(1).isLoss()).isTrue();
    }

    @Test
    void theFirstPutIsSentAtRegistrationWhenThereIsRoom() {
        CoreInVirtualTime auto = new CoreInVirtualTime(Confirmation.AUTO, 10).watching(Given.pending(RECREATE));

        auto.tick();

        assertThat(auto.gateway.said()).containsExactly("POST main", "PUT main");
    }

    @Test
    void withReportNoPutIsSentWithoutWeightForTheQuestionAfterIt() {
        CoreInVirtualTime poor = new CoreInVirtualTime(Confirmation.NEVER, 1).watching(Given.adopted(REPORT));
        poor.gateway.always("main", lease -> new Renewed(poor.clock.instant()));

        poor.tick();

        assertThat(poor.gateway.said()).isEmpty();
        assertThat(poor.gate.weightUsed()).isZero();
        assertThat(poor.lease("main").lastFailure().reason()).isEqualTo(Reason.BUDGET);
        assertThat(poor.lease("main").isPending()).isTrue();
    }
}
