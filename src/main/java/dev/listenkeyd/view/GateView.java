package dev.listenkeyd.view;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.listenkeyd.lease.Pause;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** Whether calls may leave; when not, until when and why. */
@Schema(
        name = "Gate",
        requiredProperties = {"open", "closedUntil", "reason"})
@JsonPropertyOrder({"open", "closedUntil", "reason"})
public record GateView(
        boolean open,
        @Schema(nullable = true) @Nullable Instant closedUntil,
        @Schema(nullable = true) @Nullable String reason) {

    /** @param closed the pause in force, null when calls may leave */
    public static GateView of(@Nullable Pause closed) {
        return closed == null
                ? new GateView(true, null, null)
                : new GateView(false, closed.until(), closed.reason().name());
    }
}
