package dev.listenkeyd.fleet;

import dev.listenkeyd.lease.AccountPause;
import dev.listenkeyd.lease.Given;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseState.Lost;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.registration.RegistrationRequest;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.NullUnmarked;

/** Programs that register, join, renew, pause and release at any replica. Every command ends soon, and what was accepted is kept. */
@NullUnmarked
final class FleetClients {
    private static final long LATER = 60_000;
    /** Seconds that a replica has for a command while it is awake. */
    private static final int PATIENCE = 90;

    private static final int REPORTS = 8;

    /** A command that has not ended. */
    private static final class Pending {
        private final MemberProcess process;
        private final String account;
        private final String what;
        private int seconds;

        Pending(MemberProcess process, String account, String what) {
            this.process = process;
            this.account = account;
            this.what = what;
        }
    }

    private final FleetSimulation world;
    private final Random dice;
    private final Set<Pending> pending = new LinkedHashSet<>();
    /** Accounts whose last command was a registration that was accepted. */
    private final Set<String> registered = new HashSet<>();
    /** Number of the last command by account: what an earlier one comes to says nothing any more. */
    private final Map<String, Integer> numbers = new HashMap<>();

    int commands;
    int accepted;
    int slowest;

    FleetClients(FleetSimulation world) {
        this.world = world;
        this.dice = world.dice;
        world.watch = this::look;
    }

    void arrive(long within) {
        for (int i = 0; i < world.setup.each().accounts(); i++) {
            String account = "a" + i;
            world.agenda.in((long) (dice.nextDouble() * within), () -> register(account, "bot"));
        }
    }

    String anybody() {
        return "a" + dice.nextInt(world.setup.each().accounts());
    }

    Set<String> registered() {
        return registered;
    }

    /** Every second. */
    private void look() {
        for (Iterator<Pending> all = pending.iterator(); all.hasNext(); ) {
            Pending one = all.next();
            if (one.process.isDead()) {
                all.remove();
            } else if (one.process.machine.isRunning()) {
                one.seconds++;
                slowest = Math.max(slowest, one.seconds);
                world.history.check(
                        one.seconds <= PATIENCE,
                        one.account,
                        () -> one.what + " has not ended after " + PATIENCE + " s");
            }
        }
    }

    /** Somebody wants something. */
    void ask() {
        String account = anybody();
        MemberProcess process = world.anyRunning();
        if (process == null) {
            return;
        }
        Lease lease = process.leases.find(account);
        if (lease == null) {
            register(account, "bot");
        } else if (lease.state() instanceof Lost || dice.nextInt(6) == 0) {
            release(process, account, dice.nextInt(3) == 0);
        } else if (dice.nextInt(6) == 0) {
            register(account, "bot-2");
        } else if (dice.nextInt(6) == 0) {
            pause(process, account);
        } else {
            command(process, account, "renew", member -> member.renewals.renew(account));
        }
    }

    private void pause(MemberProcess process, String account) {
        Duration time = AccountPause.SHORTEST.plusSeconds(dice.nextInt(900));
        command(process, account, "pause", member -> member.leases.pause(account, time, "maintenance"));
        world.losses.troubled(account);
    }

    /** Ends all pauses. */
    void resumeAll() {
        MemberProcess process = world.anyRunning();
        if (process == null) {
            world.agenda.in(LATER, this::resumeAll);
            return;
        }
        world.database.rows.values().stream()
                .filter(row -> row.pause() != null)
                .map(Lease::account)
                .forEach(account -> command(process, account, "resume", member -> member.leases.resume(account)));
    }

    void register(String account, String holder) {
        MemberProcess process = world.anyRunning();
        if (process == null) {
            world.agenda.in(LATER, () -> register(account, holder));
            return;
        }
        OnLoss onLoss = dice.nextInt(REPORTS) == 0 ? OnLoss.REPORT : OnLoss.RECREATE;
        RegistrationRequest request =
                new RegistrationRequest(account, Given.API_KEY, false, null, onLoss, holder, "bot");
        int number = numbers.merge(account, 1, Integer::sum);
        command(process, account, "register", member -> member.leases.register(request))
                .whenComplete((done, refused) -> {
                    if (process.isDead() || numbers.get(account) != number) {
                        return;
                    }
                    if (refused == null) {
                        accepted++;
                        registered.add(account);
                        world.history.check(
                                world.database.rows.containsKey(account), account, "accepted, and not on record");
                    } else if (!registered.contains(account)) {
                        world.agenda.in(LATER, () -> register(account, holder));
                    }
                });
    }

    private void release(MemberProcess process, String account, boolean close) {
        numbers.merge(account, 1, Integer::sum);
        registered.remove(account);
        world.losses.troubled(account);
        command(process, account, "leave", member -> member.leases.release(account, "bot-2", false));
        command(process, account, "release", member -> member.leases.release(account, "bot", close));
        world.agenda.in(5 * LATER, () -> register(account, "bot"));
    }

    /** What is refused is refused. */
    private <T> CompletionStage<T> command(
            MemberProcess process, String account, String what, Function<MemberProcess, CompletionStage<T>> command) {
        commands++;
        world.calls.asked(account);
        world.history.accept(account, what + " at " + process.id);
        Pending one = new Pending(process, account, what);
        pending.add(one);
        CompletionStage<T> stage;
        try {
            stage = command.apply(process);
        } catch (LeaseRefused e) {
            stage = java.util.concurrent.CompletableFuture.failedStage(e);
        }
        return stage.whenComplete((done, failure) -> {
            pending.remove(one);
            if (!process.isDead()) {
                world.calls.asked(account);
                world.history.accept(
                        account, what + " at " + process.id + (failure == null ? " done" : " refused: " + failure));
            }
        });
    }
}
