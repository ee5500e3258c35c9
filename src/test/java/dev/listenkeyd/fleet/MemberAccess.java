package dev.listenkeyd.fleet;

import dev.listenkeyd.fleet.FleetDatabase.Transaction;
import dev.listenkeyd.lease.ChangeRecords;
import dev.listenkeyd.lease.Delivery;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseStore;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.Pause;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullUnmarked;

/** The database as one member sees it, from its start to its end: calls that block, and writes that are made one after the other. */
@NullUnmarked
final class MemberAccess implements LeaseStore, FleetStore {
    /** Writes that share a transaction. */
    private static final int WRITTEN_AT_ONCE = 100;

    /** A write that waits for its transaction. */
    private record Write<T>(Function<Transaction, T> change, CompletableFuture<T> written) {
        T apply(Transaction now) {
            return change.apply(now);
        }

        void end(Object result) {
            @SuppressWarnings("unchecked")
            T own = (T) result;
            written.complete(own);
        }
    }

    private final MemberProcess process;
    private final FleetDatabase database;
    private final Connection connection;
    private final long start;
    private final Deque<Write<?>> waiting = new ArrayDeque<>();
    private boolean writing;

    /** Accounts whose rows this member can't read. */
    final Set<String> unreadable = new HashSet<>();

    MemberAccess(MemberProcess process, FleetDatabase database) {
        this.process = process;
        this.database = database;
        this.connection = new Connection(process, database);
        this.start = database.nextId();
    }

    // --- as a member

    @Override
    public String id() {
        return process.id;
    }

    @Override
    public Beat beat(int leases, int weight) {
        boolean whole = database.defects.ignoresPauses || (database.defects.ignoresLateCalls && weight > 0);
        int told = whole ? process.gate.budget().weight() : weight;
        Member me = new Member(process.id, process.machine.name, database.time(), database.time(), leases, told);
        return connection.call(now -> database.beat(now, me));
    }

    @Override
    public List<Claimed> takeOver(int most) {
        return connection.call(now -> database.takeOver(now, process.id, most, unreadable));
    }

    @Override
    public Claimed claim(String account, boolean create) {
        if (unreadable.contains(account)) {
            throw new UnreadableException(account);
        }
        return connection.call(now -> database.claim(now, process.id, account, create));
    }

    @Override
    public List<Claimed> owned(Collection<String> accounts) {
        // In an order that is the same with each run.
        List<String> asked = accounts.stream().sorted().toList();
        return connection.call(now -> {
            database.give(
                    now,
                    process.id,
                    null,
                    asked.stream().filter(unreadable::contains).toList());
            return database.owned(process.id, asked);
        });
    }

    @Override
    public Set<String> give(String to, Collection<String> accounts) {
        return connection.call(now -> database.give(now, process.id, to, accounts));
    }

    @Override
    public Changes changes(long since) {
        Changes all = connection.call(now -> database.changes(process.id, since, start));
        return new Changes(
                all.next(), all.changes().stream().map(this::readable).toList(), all.events());
    }

    private Change readable(Change change) {
        return unreadable.contains(change.account())
                ? new Change(change.account(), change.owner(), change.wantedBy(), null)
                : change;
    }

    @Override
    public Map<String, String> unreadable() {
        return unreadable.stream().collect(Collectors.toMap(account -> account, account -> "another key"));
    }

    @Override
    public void leave() {
        connection.call(now -> {
            database.leave(process.id);
            return true;
        });
    }

    // --- as an owner of leases

    @Override
    public CompletionStage<Boolean> put(Lease lease, ChangeRecords records) {
        return write(now -> {
            database.losses.write(lease.account(), records.losses());
            return database.put(now, process.id, lease);
        });
    }

    @Override
    public CompletionStage<Void> saveRecords(String account, ChangeRecords records) {
        return write(now -> {
                    database.losses.write(account, records.losses());
                    return true;
                })
                .thenAccept(done -> {});
    }

    @Override
    public CompletionStage<Void> delete(String account, ChangeRecords records) {
        return write(now -> {
                    database.losses.write(account, records.losses());
                    return database.delete(now, process.id, account);
                })
                .thenAccept(owned -> {
                    if (!owned) {
                        throw new NotOwnedException(account);
                    }
                });
    }

    @Override
    public CompletionStage<Void> saveFleet(Pause pause, List<Delivery> deliveries) {
        return write(now -> {
                    if (pause != null) {
                        database.pauses.put(process.machine.name, pause);
                    }
                    return true;
                })
                .thenAccept(done -> {});
    }

    CompletionStage<Boolean> append(List<FeedEvent> events) {
        return write(now -> {
            database.append(now, process.id, events);
            return true;
        });
    }

    /** A new member owns nothing. */
    @Override
    public List<Lease> live() {
        return List.of();
    }

    @Override
    public List<Loss> losses(String account, long after, int most) {
        return database.losses.page(account, after, most);
    }

    @Override
    public List<Delivery> deliveries() {
        return List.of();
    }

    @Override
    public Pause pause() {
        return database.pauses.get(process.machine.name);
    }

    private <T> CompletionStage<T> write(Function<Transaction, T> change) {
        Write<T> write = new Write<>(change, new CompletableFuture<>());
        waiting.add(write);
        // After what the caller does now: a write never ends before its stage is known.
        process.machine.agenda.in(0, this::writeNext);
        return write.written().thenApply(done -> done);
    }

    private void writeNext() {
        if (writing || waiting.isEmpty() || process.isDead()) {
            return;
        }
        writing = true;
        List<Write<?>> together = new ArrayList<>();
        while (together.size() < WRITTEN_AT_ONCE && !waiting.isEmpty()) {
            together.add(waiting.poll());
        }
        connection.send(now -> apply(together, now), (results, failure) -> {
            writing = false;
            for (int i = 0; i < together.size(); i++) {
                if (failure == null) {
                    together.get(i).end(results.get(i));
                } else {
                    together.get(i).written().completeExceptionally(failure);
                }
            }
            writeNext();
        });
    }

    private static List<Object> apply(List<Write<?>> together, Transaction now) {
        List<Object> results = new ArrayList<>();
        together.forEach(write -> results.add(write.apply(now)));
        return results;
    }

    /** Nobody waits for an answer any more. */
    void die() {
        connection.die();
    }
}
