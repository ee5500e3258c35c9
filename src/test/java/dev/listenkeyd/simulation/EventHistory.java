package dev.listenkeyd.simulation;

import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.RenewalEvent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.NullUnmarked;

/** What has happened, by account and to all: told only when a promise was broken, with seed and instant. */
@NullUnmarked
public final class EventHistory {
    private static final int LINES_PER_ACCOUNT = 20;
    private static final int LINES_OF_ALL = 20;

    private record Line(long at, long order, Object what) {}

    private final SimulationSetup setup;
    private final Agenda agenda;
    private final Deque<Line> ofAll = new ArrayDeque<>();
    private final Map<String, Deque<Line>> byAccount = new HashMap<>();
    private long lines;

    public EventHistory(SimulationSetup setup, Agenda agenda) {
        this.setup = setup;
        this.agenda = agenda;
    }

    /** The weather, and what else concerns everybody. */
    public void accept(String what) {
        add(ofAll, what, LINES_OF_ALL);
    }

    public void accept(String account, Object what) {
        add(byAccount.computeIfAbsent(account, name -> new ArrayDeque<>()), what, LINES_PER_ACCOUNT);
    }

    private void add(Deque<Line> story, Object what, int most) {
        story.addLast(new Line(agenda.now(), lines++, what));
        if (story.size() > most) {
            story.pollFirst();
        }
    }

    public void check(boolean holds, String account, String promise) {
        check(holds, account, () -> promise);
    }

    /** Ends the run when a promise is broken. The core would catch what is thrown here: so the agenda is told, too. */
    public void check(boolean holds, String account, Supplier<String> promise) {
        if (!holds) {
            AssertionError broken = new AssertionError(setup + " at " + when(agenda.now()) + ": " + promise.get()
                    + (account == null ? "" : " (" + account + ")") + story(account));
            agenda.fail(broken);
            throw broken;
        }
    }

    private String story(String account) {
        Map<Long, Line> inOrder = new TreeMap<>();
        ofAll.forEach(line -> inOrder.put(line.order(), line));
        byAccount.getOrDefault(account, new ArrayDeque<>()).forEach(line -> inOrder.put(line.order(), line));
        StringBuilder told = new StringBuilder();
        inOrder.values()
                .forEach(line -> told.append("\n  ")
                        .append(when(line.at()))
                        .append("  ")
                        .append(line.what() instanceof RenewalEvent event ? line(event) : line.what()));
        return told.toString();
    }

    private static String when(long trueMillis) {
        return VirtualClocks.exchangeTime(trueMillis) + " (+" + trueMillis + " ms)";
    }

    private static String line(RenewalEvent event) {
        Lease after = event.after();
        return event.at() + " by its clock: " + (event.outcome() == null ? "no call" : event.outcome())
                + (after == null
                        ? " ended"
                        : " -> " + after.state() + " generation " + after.generation() + " until " + after.expiresAt()
                                + (event.isLoss() ? " LOST " + after.lastLoss() : ""));
    }
}
