package dev.listenkeyd.registration;

import static dev.listenkeyd.lease.Given.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseState.Active;
import dev.listenkeyd.lease.OnLoss;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MergedLeasesTest {

    @Test
    void bothSequencesComeInTheOrderOfTheirAccounts() {
        assertThat(merged(List.of("b", "d", "e"), List.of("a", "c", "f")))
                .containsExactly("a", "b", "c", "d", "e", "f");
        assertThat(merged(List.of(), List.of("a"))).containsExactly("a");
        assertThat(merged(List.of("a"), List.of())).containsExactly("a");
        assertThat(merged(List.of(), List.of())).isEmpty();
    }

    /** A lease that has just come here is in both for an instant. */
    @Test
    void aLeaseThatIsInBothComesOnceAndFromTheFirst() {
        Lease own = lease("b").withVersion(9);

        assertThat(MergedLeases.of(List.of(own), List.of(lease("a"), lease("b"), lease("c"))))
                .containsExactly(lease("a"), own, lease("c"));
    }

    private static List<String> merged(List<String> first, List<String> second) {
        return MergedLeases.of(leases(first), leases(second))
                .map(Lease::account)
                .toList();
    }

    private static List<Lease> leases(List<String> accounts) {
        return Stream.of(accounts)
                .flatMap(List::stream)
                .map(MergedLeasesTest::lease)
                .toList();
    }

    private static Lease lease(String account) {
        return Given.in(account, new Active(at(1800)), OnLoss.RECREATE, at(3600));
    }
}
