package dev.listenkeyd.fleet;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.registration.RegistrationRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Leases that one replica of several can't read: they are renewed by the others, and it does all the rest. */
@NullUnmarked
class UnreadableLeaseTest {
    private static final Duration SOON = ofSeconds(2);
    private static final int LEASES = 20;
    private static final List<String> ACCOUNTS =
            IntStream.range(0, LEASES).mapToObj(i -> "a" + i).toList();
    private static final List<String> SECRET = ACCOUNTS.subList(0, 5);

    private final FleetSimulation world = new FleetSimulation(FleetSetup.of(1, 3, LEASES));

    @AfterEach
    void close() {
        world.close();
    }

    @Test
    void aNewMemberGetsItsShareOfTheOthersAndSeesTheRest() {
        begin();

        world.runFor(ofSeconds(30));

        assertThat(member(1).registry.size()).isBetween(8, 12);
        SECRET.forEach(account ->
                assertThat(member(0).registry.find(account)).as(account).isNotNull());
        assertThat(member(1).leases.find("a19")).isNotNull();
    }

    /** Otherwise they would move to and fro with each look at the shares. */
    @Test
    void theyAreNotGivenThereAgain() {
        begin();
        world.runFor(ofSeconds(30));
        long moves = world.rows.changesOfOwner;

        world.runFor(ofMinutes(10));

        assertThat(world.rows.changesOfOwner).isEqualTo(moves);
    }

    /** As after the key of the secrets was changed at one replica: it alone reads what it has written since. */
    @Test
    void leasesThatNoOtherMemberCanReadStayWhereTheyAre() {
        begin();
        member(1).store.unreadable.addAll(ACCOUNTS);
        world.start(world.machines.get(2));
        member(2).store.unreadable.addAll(ACCOUNTS);
        world.runFor(ofMinutes(2));
        long moves = world.rows.changesOfOwner;

        world.runFor(ofMinutes(10));

        assertThat(world.rows.changesOfOwner).isEqualTo(moves);
        assertThat(member(0).registry.size()).isEqualTo(LEASES);
    }

    @Test
    void whenTheirOwnerDiesAnotherOneThatCanReadThemTakesThem() {
        begin();
        world.start(world.machines.get(2));
        world.runFor(ofSeconds(30));
        member(0).die();

        world.runFor(ofSeconds(40));

        SECRET.forEach(account ->
                assertThat(member(2).registry.find(account)).as(account).isNotNull());
        assertThat(member(1).registry.size()).isPositive();
        assertThat(member(1).registry.size() + member(2).registry.size()).isEqualTo(LEASES);
    }

    @Test
    void aCommandForOneIsRefusedAtOnceAndLeavesTheLeaseWhereItIs() {
        begin();
        world.runFor(ofSeconds(30));

        CompletableFuture<?> again = register(1, "a0").toCompletableFuture();
        world.runFor(SOON);

        assertThatThrownBy(again::join)
                .hasRootCauseInstanceOf(LeaseRefused.class)
                .hasMessageContaining("the store can't be written now");
        assertThat(member(0).registry.find("a0")).isNotNull();
    }

    /** The first one has all leases; the second one, which can't read some, comes to it. */
    private void begin() {
        world.start(world.machines.get(0));
        world.runFor(SOON);
        ACCOUNTS.forEach(account -> register(0, account));
        world.runFor(SOON);
        world.start(world.machines.get(1));
        member(1).store.unreadable.addAll(SECRET);
    }

    private CompletionStage<?> register(int number, String account) {
        return member(number)
                .leases
                .register(new RegistrationRequest(account, Given.API_KEY, false, null, OnLoss.RECREATE, "bot", "bot"));
    }

    private MemberProcess member(int number) {
        return world.machines.get(number).process;
    }
}
