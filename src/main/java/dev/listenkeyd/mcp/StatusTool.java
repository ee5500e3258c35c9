package dev.listenkeyd.mcp;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.forecast.LeaseStatus;
import dev.listenkeyd.forecast.Overview;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.view.StatusView;
import dev.listenkeyd.view.StatusViews;
import io.quarkiverse.mcp.server.ToolManager.ToolAnnotations;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Singleton;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** Shows one lease, or all with counts. */
@Singleton
final class StatusTool implements AgentTool {
    /** More would fill a model's context without telling it more. */
    static final int MOST_SHOWN = 50;

    private final Leases leases;
    private final StatusViews fleet;
    private final AgentViews views;

    StatusTool(Leases leases, StatusViews fleet, AgentViews views) {
        this.leases = leases;
        this.fleet = fleet;
        this.views = views;
    }

    @Override
    public Description description() {
        return new Description(
                ToolNames.STATUS,
                "How the options listen keys stand. With account: that lease. Without: how many leases are in which status,"
                        + " the nearest expiry, how long an outage of the exchange all keys would survive, whether calls may"
                        + " leave now, and the first " + MOST_SHOWN
                        + " leases, those in trouble first. Changes nothing and calls nobody.",
                new ToolAnnotations("Status of listen keys", true, false, true, false),
                Scope.READ,
                Schemas.object(Map.of(LeaseChoice.ACCOUNT, Schemas.account())),
                Schemas.object(Map.of(
                        "lease", Schemas.lease(),
                        "fleet", fleetSchema(),
                        "leases", Schemas.list(Schemas.lease(), "those in trouble first, then by account"),
                        "more", Schemas.whole("leases that are not listed"))));
    }

    private static JsonObject fleetSchema() {
        Map<String, JsonObject> counts = new TreeMap<>();
        for (LeaseStatus status : LeaseStatus.values()) {
            counts.put(status.name(), Schemas.whole("leases"));
        }
        return Schemas.object(Map.of(
                "leases", Schemas.object(counts),
                "nearestExpiration", Schemas.orNull(Schemas.text("when the first key dies if nothing is renewed")),
                "survivableOutageSeconds", Schemas.orNull(Schemas.number("longest outage from now that costs no key")),
                "gate", Schemas.gate(),
                "budget", Schemas.budget(),
                "lastSuccessAt", Schemas.orNull(Schemas.text("newest success of any lease")),
                "storeWritable", Schemas.bool("whether changes reach the disk"),
                "version", Schemas.text("of the daemon"),
                "uptimeSeconds", Schemas.whole("since it started")));
    }

    @Override
    public Prepared prepare(String client, Map<String, Object> arguments) {
        Arguments.requireOnly(arguments, LeaseChoice.ACCOUNT);
        String account = LeaseChoice.account(arguments);
        return Prepared.of(
                account, () -> CompletableFuture.completedFuture(account == null ? all() : one(leases.get(account))));
    }

    private ToolResult one(Lease lease) {
        return ToolResult.of(
                "told", lease.account() + ": " + views.outlook(lease), Map.of("lease", views.lease(lease)));
    }

    private ToolResult all() {
        Overview overview = fleet.overview();
        Map<String, Lease> shown = new LinkedHashMap<>();
        Stream.concat(overview.troubled().stream(), leases.after("").limit(MOST_SHOWN))
                .forEach(lease -> shown.putIfAbsent(lease.account(), lease));
        List<Map<String, Object>> listed =
                shown.values().stream().limit(MOST_SHOWN).map(views::lease).toList();
        int count =
                overview.counts().values().stream().mapToInt(Integer::intValue).sum();
        StatusView view = fleet.of(overview);
        return ToolResult.of(
                "told",
                text(count, view),
                new JsonObject()
                        .put("fleet", views.map(view))
                        .put("leases", listed)
                        .put("more", Math.max(0, count - listed.size()))
                        .getMap());
    }

    private static String text(int count, StatusView view) {
        Map<LeaseStatus, Integer> present = new TreeMap<>(view.leases());
        present.values().removeIf(number -> number == 0);
        String gate = view.gate().open()
                ? "calls may leave"
                : "no call may leave until " + view.gate().closedUntil() + " ("
                        + view.gate().reason() + ")";
        String keys = view.nearestExpiration() == null
                ? "no key is alive"
                : "nearest expiry " + view.nearestExpiration() + "; an outage of " + view.survivableOutageSeconds()
                        + " s from now would cost no key";
        return count + (count == 1 ? " lease " : " leases ") + present + "; " + keys + "; " + gate;
    }
}
