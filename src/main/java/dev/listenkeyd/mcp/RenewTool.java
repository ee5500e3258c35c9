package dev.listenkeyd.mcp;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.listenkeyd.access.Scope;
import dev.listenkeyd.renewal.Failure;
import dev.listenkeyd.renewal.Failure.Reason;
import dev.listenkeyd.renewal.HeldKey;
import dev.listenkeyd.renewal.Lease;
import dev.listenkeyd.renewal.Leases;
import dev.listenkeyd.view.LeaseView;
import dev.listenkeyd.view.LeaseViews;
import io.quarkiverse.mcp.server.ToolManager.ToolAnnotations;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Extends a key now. */
@Singleton
final class RenewTool implements AgentTool {
    /** A younger success answers a call without another one. */
    static final Duration FRESH = Duration.ofSeconds(60);

    private final Leases leases;
    private final LeaseChoice choice;
    private final LeaseViews views;
    private final InstantSource clock;
    private final ObjectMapper json;

    RenewTool(Leases leases, LeaseChoice choice, LeaseViews views, InstantSource clock, ObjectMapper json) {
        this.leases = leases;
        this.choice = choice;
        this.views = views;
        this.clock = clock;
        this.json = json;
    }

    @Override
    public String name() {
        return "BinanceOptionsRenewListenKey";
    }

    @Override
    public String description() {
        return "Extend the validity of an options listen key by 60 minutes. The daemon does this by itself in time; call it"
                + " only when you were asked to, or to learn whether it works now. Give account, or listenKey, or nothing"
                + " when there is only one. A key that was renewed less than 60 s ago is not renewed again"
                + " (renewed: false). The answer never holds a raw listen key.";
    }

    @Override
    public ToolAnnotations hints() {
        return new ToolAnnotations("Renew a listen key", false, false, true, true);
    }

    @Override
    public JsonObject inputSchema() {
        return Schemas.object(new JsonObject()
                .put(LeaseChoice.ACCOUNT, Schemas.text("name of the account"))
                .put(LeaseChoice.LISTEN_KEY, Schemas.text("the listen key, when you know it and not its account")));
    }

    @Override
    public JsonObject outputSchema() {
        return Schemas.object(new JsonObject()
                        .put("renewed", new JsonObject().put("type", "boolean"))
                        .put("lease", new JsonObject().put("type", "object")))
                .put("required", new JsonArray().add("renewed").add("lease"));
    }

    @Override
    public String scope() {
        return Scope.WRITE;
    }

    @Override
    public CompletionStage<ToolResult> call(String client, Map<String, Object> arguments) {
        Lease before = choice.of(arguments);
        HeldKey key = before.key();
        boolean fresh = before.isLive()
                && key != null
                && clock.instant().isBefore(key.lastSuccessAt().plus(FRESH));
        if (fresh) {
            return CompletableFuture.completedFuture(result(before, "known"));
        }
        return leases.renew(before.account())
                .thenApply(after -> succeeded(before, after) ? result(after, "renewed") : failure(after));
    }

    private static boolean succeeded(Lease before, Lease after) {
        HeldKey key = after.key();
        HeldKey old = before.key();
        return after.isLive()
                && key != null
                && (old == null || key.lastSuccessAt().isAfter(old.lastSuccessAt()));
    }

    private ToolResult result(Lease lease, String word) {
        LeaseView view = views.of(lease);
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("renewed", word.equals("renewed"));
        content.put("lease", json.convertValue(view, new TypeReference<Map<String, Object>>() {}));
        String text = lease.account() + ": " + (word.equals("renewed") ? "renewed" : "renewed a moment ago, not again")
                + ", " + outlook(view);
        return new ToolResult(false, word, text, content, true);
    }

    private ToolResult failure(Lease lease) {
        LeaseView view = views.of(lease);
        Failure failure = lease.lastFailure();
        String why = failure == null
                ? ""
                : " (" + failure.reason() + "): the exchange said " + Json.encode(failure.message());
        boolean reached =
                failure != null && failure.reason() != Reason.UNREACHABLE && failure.reason() != Reason.BUDGET;
        String text =
                lease.account() + ": not renewed" + why + ". The daemon goes on trying by itself; " + outlook(view);
        return new ToolResult(true, "failed", text, Map.of(), reached);
    }

    private static String outlook(LeaseView view) {
        return "status " + view.status() + ", expires " + view.expiresAt() + ", next attempt " + view.nextAttemptAt();
    }
}
