package dev.listenkeyd.view;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Request weight in the current window. */
@Schema(
        name = "Budget",
        requiredProperties = {"weightUsed", "weightLimit", "windowSeconds"})
@JsonPropertyOrder({"weightUsed", "weightLimit", "windowSeconds"})
public record BudgetView(int weightUsed, int weightLimit, double windowSeconds) {}
