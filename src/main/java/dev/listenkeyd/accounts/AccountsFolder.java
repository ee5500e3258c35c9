package dev.listenkeyd.accounts;

import dev.listenkeyd.accounts.AccountsPlan.Action;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.registration.Leases;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Keeps the accounts of the folder: a new file registers one for the holder {@code config}, a changed file replaces its API
 * key, a removed file releases it. The leases are compared with the folder each time, so a restart or a failed action needs no
 * memory of its own.
 */
public final class AccountsFolder {
    /** A reading that takes longer hangs. */
    static final Duration LONGEST_READING = Duration.ofSeconds(30);

    private final FolderReader reader;
    private final Source source;
    private final Leases leases;
    private final FolderIdentityFile identityFile;
    private final AccountActions actions;
    private final LongSupplier nanoTime;
    private final FolderLog log;

    private volatile long readAt;
    private FolderState state;
    private volatile FolderStatus status = new FolderStatus(null, 0, 0, new TreeMap<>());

    /**
     * @param most files in the folder
     * @param configured accounts with an API key among the settings, which wins; a file only keeps them
     * @param kept accounts that the settings keep, with a file or without
     */
    public record Source(Path folder, int most, Set<String> configured, Set<String> kept) {
        public Source {
            configured = Set.copyOf(configured);
            kept = Set.copyOf(kept);
        }
    }

    /**
     * @param nanoTime monotonic time
     * @param onDone records a change of an account; its stage never fails
     */
    public AccountsFolder(
            Source source,
            Leases leases,
            FolderIdentityFile identityFile,
            LongSupplier nanoTime,
            BiFunction<String, FolderChange, CompletionStage<Void>> onDone) {
        this.reader = new FolderReader(source.folder(), source.most());
        this.source = source;
        this.leases = leases;
        this.identityFile = identityFile;
        this.nanoTime = nanoTime;
        this.readAt = nanoTime.getAsLong();
        this.actions = new AccountActions(leases, nanoTime, onDone);
        this.log = new FolderLog(source.folder());
        boolean known =
                identityFile.lastIdentity() != null || held().keySet().stream().allMatch(source.kept()::contains);
        this.state = FolderState.initial(known ? identityFile.lastIdentity() : FolderState.UNKNOWN_FOLDER);
    }

    /** Reads the folder, which may take as long as the disk does, and begins what follows from it. Call it every second. */
    public synchronized void tick() {
        FolderState before = state;
        state = before.next(reader.read(before.settled()));
        readAt = nanoTime.getAsLong();
        identityFile.remember(state.lastIdentity());
        List<Action> done = actions.ended();
        actions.begin(AccountsPlan.of(state, source.configured(), source.kept(), held()));
        FolderStatus now = FolderStatus.of(state, source.configured(), actions);
        log.observe(before, state, done);
        log.observe(status, now);
        status = now;
    }

    /** As of the last reading. Does not wait for one that hangs. */
    public FolderStatus status() {
        FolderStatus last = status;
        boolean hangs = nanoTime.getAsLong() - readAt > LONGEST_READING.toNanos();
        return hangs && last.trouble() == null
                ? last.withTrouble("has not been read for " + LONGEST_READING.toSeconds() + " s")
                : last;
    }

    private SortedMap<String, Lease> held() {
        return leases.after("")
                .filter(lease -> lease.registration().clients().containsKey(Leases.CONFIG_HOLDER))
                .collect(Collectors.toMap(Lease::account, lease -> lease, (one, other) -> other, TreeMap::new));
    }
}
