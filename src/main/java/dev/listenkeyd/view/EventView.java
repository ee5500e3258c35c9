package dev.listenkeyd.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.listenkeyd.encoding.WireWord;
import dev.listenkeyd.lease.FeedEvent;
import dev.listenkeyd.lease.FeedEvent.LeaseFacts;
import dev.listenkeyd.lease.FeedEvent.LossFacts;
import dev.listenkeyd.lease.LossCause;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** An event as the API shows it. Those that concern all leases have no members of a lease. */
@RegisterForReflection
@Schema(name = "Event")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EventView(
        @Schema(description = "Unique; the same whenever the event is told again")
        String id,

        @Schema(description = "Grows from event to event, over restarts")
        long seq,

        Instant at,

        @Schema(description = "Such as key, lost or recovered")
        String type,

        @Nullable String account,

        @Schema(description = "Of the lease after the change") @Nullable
        Long revision,

        @Nullable String status,
        @Nullable Integer generation,

        @Schema(description = "Tells keys apart; not the key") @Nullable
        String fingerprint,

        @Schema(description = "When the key dies if nothing succeeds before") @Nullable
        Instant expiresAt,

        @Schema(description = "Of the loss") @Nullable LossCause cause,

        @Nullable Reconcile reconcile) {

    /** A time in which events may be missing: a consumer must ask by REST for what happened on the account. */
    @Schema(name = "Reconcile")
    public record Reconcile(
            @Schema(description = "Last instant at which the old key is known to have lived")
            Instant from,

            @Schema(description = "Since when there is a live key; null until then")
            @JsonInclude(JsonInclude.Include.ALWAYS)
            @Nullable
            Instant to) {}

    /** An event that tells nothing: it shows that a receiver is reached. */
    public static EventView test(String id, Instant at) {
        return new EventView(id, 0, at, "test", null, null, null, null, null, null, null, null);
    }

    public static EventView of(FeedEvent event) {
        LeaseFacts lease = event.lease();
        String type = WireWord.of(event.type());
        if (lease == null) {
            return new EventView(
                    event.id(), event.seq(), event.at(), type, null, null, null, null, null, null, null, null);
        }
        LossFacts loss = lease.loss();
        return new EventView(
                event.id(),
                event.seq(),
                event.at(),
                type,
                lease.account(),
                lease.revision(),
                lease.status(),
                lease.generation(),
                lease.fingerprint(),
                lease.expiresAt(),
                loss == null ? null : loss.cause(),
                loss == null ? null : new Reconcile(loss.from(), loss.to()));
    }
}
