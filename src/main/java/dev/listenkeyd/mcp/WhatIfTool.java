package dev.listenkeyd.mcp;

import dev.listenkeyd.access.Scope;
import dev.listenkeyd.lease.LossCause;
import dev.listenkeyd.view.WhatIf;
import dev.listenkeyd.view.WhatIfView;
import io.quarkiverse.mcp.server.ToolManager.ToolAnnotations;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Rehearses an outage of the exchange. */
@Singleton
final class WhatIfTool implements AgentTool {
    private final WhatIf whatIf;
    private final AgentViews views;

    WhatIfTool(WhatIf whatIf, AgentViews views) {
        this.whatIf = whatIf;
        this.views = views;
    }

    @Override
    public Description description() {
        JsonObject lost = Schemas.object(Map.of(
                "account", Schemas.account(),
                "cause", Schemas.word(LossCause.values(), "why"),
                "at", Schemas.text("when"),
                "recoveredAt", Schemas.orNull(Schemas.text("when another one would take its place"))));
        return new Description(
                ToolNames.WHAT_IF,
                "What if the exchange did not answer for outageMinutes, from startsInMinutes (0) on: which listen keys"
                        + " would be lost, and when. Goes through it with the code that renews, on copies of the leases as"
                        + " they are now; nothing changes and nobody is called. One at a time for each client; takes up to some seconds.",
                new ToolAnnotations("Rehearse an outage", true, false, true, false),
                Scope.READ,
                Schemas.object(
                        Map.of(
                                WhatIf.OUTAGE_MINUTES,
                                Schemas.whole("length of the outage")
                                        .put("minimum", 1)
                                        .put("maximum", WhatIf.MOST_MINUTES),
                                WhatIf.STARTS_IN_MINUTES,
                                Schemas.whole("from now; 0 when it is left out")
                                        .put("minimum", 0)
                                        .put("maximum", WhatIf.MOST_MINUTES)),
                        WhatIf.OUTAGE_MINUTES),
                Schemas.object(
                        Map.of(
                                "text", Schemas.text("all of it in one paragraph"),
                                "from", Schemas.text("when the exchange would go away"),
                                "until", Schemas.text("when it would be back"),
                                "leases", Schemas.whole("that were gone through"),
                                "withoutKeyNow", Schemas.whole("of them have no live key now"),
                                "keysLost", Schemas.whole("keys that would be lost"),
                                "lost", Schemas.list(lost, "the first of them"),
                                "more", Schemas.whole("lost keys that are not listed"),
                                "survivableOutageSeconds",
                                        Schemas.orNull(Schemas.number("longest outage from now that costs no key"))),
                        "text",
                        "keysLost",
                        "lost"));
    }

    @Override
    public Prepared prepare(String client, Map<String, Object> arguments) {
        return Prepared.of(null, () -> CompletableFuture.completedFuture(rehearsed(client, arguments)));
    }

    private ToolResult rehearsed(String client, Map<String, Object> arguments) {
        WhatIfView view = whatIf.of(client, arguments);
        Map<String, Object> content = views.map(view);
        List<?> lost = view.lost();
        if (lost.size() > StatusTool.MOST_SHOWN) {
            content.put(
                    "lost",
                    lost.stream().limit(StatusTool.MOST_SHOWN).map(views::map).toList());
            content.put("more", view.keysLost() - StatusTool.MOST_SHOWN);
        }
        return ToolResult.of("told", view.text(), content);
    }
}
