package dev.listenkeyd.view;

import dev.listenkeyd.lease.Pause;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** Whether calls to the exchange may leave; if not, until when and why. */
@RegisterForReflection
@Schema(name = "Gate")
public record GateView(
        @Schema(description = "Whether calls to the exchange may leave")
        boolean open,

        @Schema(description = "When they may leave again") @Nullable
        Instant closedUntil,

        @Schema(description = "Why they may not") @Nullable String reason) {

    /** @param closed the pause in force, null when calls may leave */
    public static GateView of(@Nullable Pause closed) {
        return closed == null
                ? new GateView(true, null, null)
                : new GateView(false, closed.until(), closed.reason().name());
    }
}
