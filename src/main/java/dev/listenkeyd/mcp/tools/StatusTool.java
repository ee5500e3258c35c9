package dev.listenkeyd.mcp.tools;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.listenkeyd.access.Scope;
import dev.listenkeyd.forecast.LeaseStatus;
import dev.listenkeyd.forecast.Overview;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.mcp.calls.AgentTool;
import dev.listenkeyd.mcp.calls.ToolNames;
import dev.listenkeyd.mcp.calls.ToolResult;
import dev.listenkeyd.registration.Leases;
import dev.listenkeyd.view.JsonSchema;
import dev.listenkeyd.view.LeaseView;
import dev.listenkeyd.view.LeaseViews;
import dev.listenkeyd.view.StatusView;
import dev.listenkeyd.view.StatusViews;
import io.quarkiverse.mcp.server.ToolManager.ToolAnnotations;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.inject.Singleton;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** Shows one lease, or all of them with counts. */
@Singleton
final class StatusTool implements AgentTool {
    /** More items would fill a model's context without telling it more. */
    static final int MOST_SHOWN = 50;

    private static final Description DESCRIPTION = new Description(
            ToolNames.STATUS,
            "How the options listen keys stand. With account: that lease. Without: how many leases are in which status,"
                    + " the nearest expiry, how long an outage of the exchange all keys would survive, whether calls may"
                    + " leave now, and the first " + MOST_SHOWN
                    + " leases, those in trouble first. Changes nothing and calls nobody.",
            new ToolAnnotations("Status of listen keys", true, false, true, false),
            Scope.READ,
            LeaseArguments.ACCOUNT_OPTIONAL,
            JsonSchema.ofAnswer(Answer.class));

    private final Leases leases;
    private final StatusViews fleet;
    private final LeaseViews views;

    /** Either one lease, or the fleet with its first leases. */
    @RegisterForReflection
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Answer(
            @Nullable LeaseView lease,
            @Nullable StatusView fleet,

            @Schema(description = "Those in trouble first, then by account") @Nullable
            List<LeaseView> leases,

            @Schema(description = "Leases that are not listed") @Nullable
            Integer more) {}

    StatusTool(Leases leases, StatusViews fleet, LeaseViews views) {
        this.leases = leases;
        this.fleet = fleet;
        this.views = views;
    }

    @Override
    public Description description() {
        return DESCRIPTION;
    }

    @Override
    public Prepared prepare(String client, Map<String, Object> given) {
        String account = LeaseArguments.account(given);
        return Prepared.reading(account, () -> account == null ? all() : one(leases.get(account)));
    }

    private ToolResult one(Lease lease) {
        LeaseView view = views.of(lease);
        return ToolResult.of("told", view.account() + ": " + view.outlook(), new Answer(view, null, null, null));
    }

    private ToolResult all() {
        Overview overview = fleet.overview();
        Map<String, Lease> shown = new LinkedHashMap<>();
        Stream.concat(overview.troubled().stream(), leases.after("").limit(MOST_SHOWN))
                .forEach(lease -> shown.putIfAbsent(lease.account(), lease));
        List<LeaseView> listed =
                shown.values().stream().limit(MOST_SHOWN).map(views::of).toList();
        int count =
                overview.counts().values().stream().mapToInt(Integer::intValue).sum();
        StatusView status = fleet.of(overview);
        return ToolResult.of(
                "told", text(count, status), new Answer(null, status, listed, Math.max(0, count - listed.size())));
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
