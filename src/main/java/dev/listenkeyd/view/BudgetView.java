package dev.listenkeyd.view;

import io.quarkus.runtime.annotations.RegisterForReflection;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Request weight in the current window. */
@RegisterForReflection
@Schema(name = "Budget")
public record BudgetView(
        @Schema(description = "Request weight used in this window")
        int weightUsed,

        @Schema(description = "Request weight that may be used in it")
        int weightLimit,

        @Schema(description = "Length of the window") double windowSeconds) {}
