package dev.listenkeyd.simulation;

import static dev.listenkeyd.lease.Given.API_KEY;

import dev.listenkeyd.lease.AccountPause;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseState.Lost;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.registration.RegistrationRequest;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.NullUnmarked;

/** The programs that want their keys kept: they register, renew, join and release whenever they like. */
@NullUnmarked
final class SimulatedClients {
    private static final long LATER = 300_000;
    private static final long ONE_HOUR = 3_600_000;
    private static final long LONGEST_PAUSE = 2 * ONE_HOUR;
    private static final int REPORTS = 5;
    private static final String CLIENT = "bot";

    private final Simulation world;
    private final Random dice;
    /** Accounts whose last request was a registration that the daemon accepted. */
    private final Set<String> registered = new HashSet<>();
    /** Accounts to be paused while their next call is in flight. */
    private final Set<String> pausedInFlight = new HashSet<>();
    /** Number of the last request by account: what an earlier one comes to says nothing any more. */
    private final Map<String, Integer> requests = new HashMap<>();

    SimulatedClients(Simulation world) {
        this.world = world;
        this.dice = world.dice;
        world.callWatch = this::called;
    }

    /** Everybody comes within the time of the setup. */
    void arrive() {
        for (int i = 0; i < world.setup.accounts(); i++) {
            String account = "a" + i;
            world.agenda.in((long) (dice.nextDouble() * world.setup.registeredWithin()), () -> register(account));
        }
    }

    String anybody() {
        return "a" + dice.nextInt(world.setup.accounts());
    }

    /** Somebody wants something. */
    void ask() {
        String account = anybody();
        if (!world.isRunning()) {
            return;
        }
        Lease lease = world.process.registry.find(account);
        if (lease == null) {
            register(account);
        } else if (lease.state() instanceof Lost || dice.nextInt(8) == 0) {
            release(account, dice.nextInt(3) == 0);
        } else if (dice.nextInt(8) == 0) {
            register(request(account, "bot-2", lease.onLoss()));
        } else {
            asked(account, () -> world.process.renewals.renew(account));
        }
    }

    /** Somebody pauses an account, for maintenance; often so long that its key dies, and often while a call is in flight. */
    void pause() {
        String account = anybody();
        if (dice.nextBoolean()) {
            pause(account);
        } else {
            pausedInFlight.add(account);
        }
    }

    private void called(String account) {
        if (pausedInFlight.remove(account)) {
            world.agenda.in(1, () -> pause(account));
        }
    }

    private void pause(String account) {
        SimulatedDaemon process = world.process;
        if (!world.isRunning() || process.registry.find(account) == null) {
            return;
        }
        long longest = dice.nextBoolean() ? LONGEST_PAUSE : LATER;
        Duration time = AccountPause.SHORTEST.plusMillis((long) (dice.nextDouble() * longest));
        process.leases.pause(account, time, "maintenance").thenAccept(lease -> {
            if (!process.isDead()) {
                world.pauses.accepted(lease);
            }
        });
    }

    /** Somebody ends a pause before its time. */
    void resume() {
        if (world.isRunning()) {
            world.process.registry.all().stream()
                    .filter(lease -> lease.pause() != null)
                    .findAny()
                    .ifPresent(lease -> {
                        world.pauses.mayResume(lease.account());
                        CompletionStage<Lease> unused = world.process.leases.resume(lease.account());
                    });
        }
    }

    void register(String account) {
        if (!world.isRunning() || world.store.down) {
            world.agenda.in(LATER, () -> register(account));
            return;
        }
        OnLoss onLoss = dice.nextInt(REPORTS) == 0 ? OnLoss.REPORT : OnLoss.RECREATE;
        register(request(account, "bot", onLoss));
    }

    private void register(RegistrationRequest request) {
        SimulatedDaemon process = world.process;
        int number = requests.merge(request.account(), 1, Integer::sum);
        asked(
                request.account(),
                () -> process.leases.register(request).thenAccept(accepted -> {
                    if (requests.get(request.account()) == number && !process.isDead()) {
                        registered.add(request.account());
                    }
                }));
    }

    /** Those who are not registered, because they were refused or have released, register within an hour. */
    void allReturn() {
        for (int i = 0; i < world.setup.accounts(); i++) {
            String account = "a" + i;
            if (world.process.registry.find(account) == null) {
                world.agenda.in((long) (dice.nextDouble() * ONE_HOUR), () -> register(account));
            }
        }
    }

    /** Accounts that believe to be registered. */
    Set<String> registered() {
        return Set.copyOf(registered);
    }

    private static RegistrationRequest request(String account, String holder, OnLoss onLoss) {
        return new RegistrationRequest(account, API_KEY, false, null, onLoss, holder, CLIENT);
    }

    private void release(String account, boolean close) {
        requests.merge(account, 1, Integer::sum);
        registered.remove(account);
        asked(account, () -> world.process.leases.release(account, "bot-2", false));
        asked(account, () -> world.process.leases.release(account, "bot", close));
        world.agenda.in(2 * LATER, () -> {
            if (!world.isRunning() || world.process.registry.find(account) == null) {
                register(account);
            }
        });
    }

    /** What is refused is refused. */
    private void asked(String account, Runnable request) {
        world.calls.asked(account);
        try {
            request.run();
        } catch (LeaseRefused e) {
            world.chronicle.accept(account, "refused: " + e.getMessage());
        }
    }
}
