package dev.listenkeyd.mcp;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.view.BudgetView;
import dev.listenkeyd.view.ExplanationView;
import dev.listenkeyd.view.GateView;
import dev.listenkeyd.view.LeaseView;
import dev.listenkeyd.view.LeaseViews;
import dev.listenkeyd.view.StatusView;
import dev.listenkeyd.view.WhatIfView;
import io.quarkus.runtime.annotations.RegisterForReflection;
import jakarta.inject.Singleton;
import java.util.Map;

/** Leases in words and JSON for a model: the same views as those of the HTTP API, made into maps by their members. */
@Singleton
@RegisterForReflection(
        targets = {
            LeaseView.class,
            LeaseView.FailureView.class,
            LeaseView.LossView.class,
            StatusView.class,
            GateView.class,
            BudgetView.class,
            ExplanationView.class,
            ExplanationView.NextView.class,
            ExplanationView.AttemptsView.class,
            WhatIfView.class,
            WhatIfView.LostKeyView.class
        })
final class AgentViews {
    private final LeaseViews views;
    private final ObjectMapper json;

    AgentViews(LeaseViews views, ObjectMapper json) {
        this.views = views;
        this.json = json;
    }

    Map<String, Object> lease(Lease lease) {
        return map(views.of(lease));
    }

    Map<String, Object> map(Object view) {
        return json.convertValue(view, new TypeReference<Map<String, Object>>() {});
    }

    String outlook(Lease lease) {
        LeaseView view = views.of(lease);
        String expiry = view.expiresAt() == null ? "no live key" : "expires " + view.expiresAt();
        String next = view.nextAttemptAt() == null ? "no attempt follows" : "next attempt " + view.nextAttemptAt();
        return "status " + view.status() + ", " + expiry + ", " + next;
    }

    /** What came from outside stands in quotes: it is data. */
    static String reason(Failure failure) {
        return failure.reason() + ": " + failure.told();
    }
}
