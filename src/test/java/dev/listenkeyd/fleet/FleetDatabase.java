package dev.listenkeyd.fleet;

import dev.listenkeyd.fleet.FleetStore.Beat;
import dev.listenkeyd.fleet.FleetStore.Change;
import dev.listenkeyd.fleet.FleetStore.Changes;
import dev.listenkeyd.fleet.FleetStore.Claimed;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LossRows;
import dev.listenkeyd.lease.Pause;
import dev.listenkeyd.simulation.Agenda;
import dev.listenkeyd.simulation.VirtualClocks;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.NullUnmarked;

/**
 * The database that all replicas share: its tables, its clock, and its transactions, which take effect when they commit but are
 * numbered when they begin. Every method but {@link #begin} and {@link #end} is what one committed transaction does.
 */
@NullUnmarked
final class FleetDatabase {
    static final long VERSIONS_SKIPPED = 1_000_000;

    private static final Comparator<Lease> NEAREST_FIRST = Comparator.comparing(
                    Lease::expiresAt, Comparator.nullsLast(Comparator.naturalOrder()))
            .thenComparing(Lease::account);

    /** A transaction that has begun. {@code at} is the database's time then, in milliseconds. */
    record Transaction(long id, long at) {}

    /** Who owns an account. */
    static final class Claim {
        String owner;
        String wantedBy;
        long endedVersion;
        /** When the owner changed last, and who it was before. */
        long since;

        String before;
    }

    private record MemberRow(Member member, long until) {}

    private record EventRow(String member, FeedEvent event) {}

    /** What the transaction of a number has changed. */
    private static final class Log {
        final Set<String> accounts = new LinkedHashSet<>();
        final List<EventRow> events = new ArrayList<>();
    }

    final Map<String, Lease> rows = new TreeMap<>();
    final Map<String, Claim> claims = new TreeMap<>();
    final LossRows losses = new LossRows();
    final Map<String, Pause> pauses = new HashMap<>();
    final Defects defects = new Defects();
    long downUntil;

    private final Map<String, MemberRow> members = new TreeMap<>();
    private final Map<String, Long> lastEvents = new HashMap<>();
    private final NavigableMap<Long, Log> logs = new TreeMap<>();
    private final TreeSet<Long> underWay = new TreeSet<>();
    private final Agenda agenda;
    private final long ttl;
    private final RowInvariants invariants;
    private long nextId = 1;

    /** @param ttl of a membership in milliseconds */
    FleetDatabase(Agenda agenda, long ttl, RowInvariants invariants) {
        this.agenda = agenda;
        this.ttl = ttl;
        this.invariants = invariants;
    }

    boolean isDown() {
        return agenda.now() < downUntil;
    }

    Transaction begin() {
        underWay.add(nextId);
        return new Transaction(nextId++, agenda.now());
    }

    void end(Transaction transaction) {
        underWay.remove(transaction.id());
    }

    /** Number of the next transaction. */
    long nextId() {
        return nextId;
    }

    /** Whether the member's claims hold now. */
    boolean isLive(String member) {
        return isLive(member, agenda.now());
    }

    private boolean isLive(String member, long at) {
        MemberRow row = member == null ? null : members.get(member);
        return row != null && row.until() > at;
    }

    private List<Member> live(long at) {
        return members.values().stream()
                .filter(row -> row.until() > at)
                .map(MemberRow::member)
                .toList();
    }

    Beat beat(Transaction now, Member me) {
        MemberRow before = members.get(me.id());
        boolean lapsed = before != null && before.until() <= now.at();
        Member member = before == null ? me : started(me, before.member());
        members.put(me.id(), new MemberRow(member, now.at() + ttl));
        int unowned = (int) rows.keySet().stream()
                .filter(account -> !isLive(ownerOf(account), now.at()))
                .count();
        return new Beat(live(now.at()), List.of(), lapsed, unowned);
    }

    private static Member started(Member me, Member before) {
        return new Member(me.id(), me.replica(), before.startedAt(), me.lastBeatAt(), me.leases(), me.weight());
    }

    String ownerOf(String account) {
        Claim claim = claims.get(account);
        return claim == null ? null : claim.owner;
    }

    List<Claimed> takeOver(Transaction now, String me, int most, Set<String> except) {
        if (defects.neverTakesOver) {
            return List.of();
        }
        List<String> free = rows.values().stream()
                .filter(lease -> !isLive(ownerOf(lease.account()), now.at()) && !me.equals(ownerOf(lease.account())))
                .filter(lease -> !except.contains(lease.account()))
                .sorted(NEAREST_FIRST)
                .limit(most)
                .map(Lease::account)
                .toList();
        free.forEach(account -> own(now, account, me));
        return free.stream().map(this::claimed).toList();
    }

    Claimed claim(Transaction now, String me, String account, boolean create) {
        Claim claim = claims.get(account);
        if (claim == null && !create) {
            return null;
        }
        if (claim == null) {
            claims.put(account, new Claim());
            own(now, account, me);
        } else if (isLive(claim.owner, now.at()) && !claim.owner.equals(me)) {
            claim.wantedBy = me;
            log(now).accounts.add(account);
            return null;
        } else {
            own(now, account, me);
        }
        return claimed(account);
    }

    private void own(Transaction now, String account, String owner) {
        Claim claim = claims.get(account);
        if (owner != null && owner.equals(claim.owner)) {
            return;
        }
        claim.before = claim.owner;
        claim.owner = owner;
        claim.wantedBy = owner == null || owner.equals(claim.wantedBy) ? null : claim.wantedBy;
        claim.since = agenda.now();
        Lease row = rows.get(account);
        if (row != null && !defects.keepsVersions) {
            rows.put(account, row.withVersion(row.version() + VERSIONS_SKIPPED));
        }
        log(now).accounts.add(account);
        invariants.owned(account, claim.before, owner);
    }

    private Claimed claimed(String account) {
        return new Claimed(account, rows.get(account), claims.get(account).endedVersion, List.of());
    }

    List<Claimed> owned(String me, Collection<String> accounts) {
        return accounts.stream()
                .filter(account -> me.equals(ownerOf(account)))
                .map(this::claimed)
                .toList();
    }

    Set<String> give(Transaction now, String me, String to, Collection<String> accounts) {
        Set<String> gone = new LinkedHashSet<>();
        for (String account : accounts) {
            if (me.equals(ownerOf(account)) && (to == null || isLive(to, now.at()))) {
                own(now, account, to);
            }
            if (!me.equals(ownerOf(account))) {
                gone.add(account);
            }
        }
        return gone;
    }

    /** @param start number of the first transaction whose events are told */
    Changes changes(String me, long since, long start) {
        Set<String> accounts = new LinkedHashSet<>();
        List<FeedEvent> events = new ArrayList<>();
        logs.tailMap(since).forEach((id, log) -> {
            accounts.addAll(log.accounts);
            if (id >= start) {
                log.events.stream().filter(row -> !row.member().equals(me)).forEach(row -> events.add(row.event()));
            }
        });
        List<Change> changes = accounts.stream().map(this::change).toList();
        return new Changes(underWay.isEmpty() ? nextId : underWay.first(), changes, events);
    }

    private Change change(String account) {
        Claim claim = claims.get(account);
        return new Change(
                account, claim == null ? null : claim.owner, claim == null ? null : claim.wantedBy, rows.get(account));
    }

    void leave(String me) {
        members.remove(me);
    }

    boolean put(Transaction now, String me, Lease lease) {
        Lease row = rows.get(lease.account());
        Claim claim = claims.get(lease.account());
        boolean mine = defects.fencesNothing || (claim != null && me.equals(claim.owner));
        boolean newer = (row == null || row.version() <= lease.version())
                && (claim == null || claim.endedVersion < lease.version());
        if (!mine || !newer) {
            return false;
        }
        invariants.written(row, lease, me);
        rows.put(lease.account(), lease);
        log(now).accounts.add(lease.account());
        return true;
    }

    /** Returns whether the member owns the account. */
    boolean delete(Transaction now, String me, String account) {
        Claim claim = claims.get(account);
        if (claim == null || !(defects.fencesNothing || me.equals(claim.owner))) {
            return false;
        }
        Lease row = rows.remove(account);
        if (row != null) {
            claim.endedVersion = Math.max(claim.endedVersion, row.version());
            invariants.deleted(row, me);
        }
        log(now).accounts.add(account);
        return true;
    }

    /** An event that is there already is left as it is. */
    void append(Transaction now, String me, List<FeedEvent> events) {
        for (FeedEvent event : events) {
            if (event.seq() > lastEvents.getOrDefault(me, Long.MIN_VALUE)) {
                lastEvents.put(me, event.seq());
                log(now).events.add(new EventRow(me, event));
            }
        }
    }

    private Log log(Transaction now) {
        return logs.computeIfAbsent(now.id(), id -> new Log());
    }

    java.time.Instant time() {
        return VirtualClocks.exchangeTime(agenda.now());
    }

    /** What can be planted, so that the invariants show that they see it. */
    static final class Defects {
        boolean fencesNothing;
        boolean keepsVersions;
        boolean neverTakesOver;
        boolean keepsItsLeases;
        boolean ignoresPauses;
        boolean seesNoReturn;
        boolean ignoresLateCalls;
    }
}
