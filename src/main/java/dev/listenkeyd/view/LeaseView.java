package dev.listenkeyd.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.listenkeyd.encoding.WireWord;
import dev.listenkeyd.forecast.LeaseStatus;
import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.Loss;
import dev.listenkeyd.lease.LossCause;
import java.time.Instant;
import java.util.SortedSet;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** A lease as the API shows it. */
@Schema(
        name = "Lease",
        requiredProperties = {
            "account",
            "status",
            "generation",
            "fingerprint",
            "onLoss",
            "holders",
            "registeredAt",
            "lastSuccessAt",
            "expiresAt",
            "confirmedAt",
            "nextAttemptAt",
            "failures",
            "attemptsLeft",
            "lastFailure",
            "lastLoss"
        })
@JsonPropertyOrder({
    "account",
    "status",
    "generation",
    "fingerprint",
    "onLoss",
    "holders",
    "registeredAt",
    "lastSuccessAt",
    "expiresAt",
    "confirmedAt",
    "nextAttemptAt",
    "failures",
    "attemptsLeft",
    "lastFailure",
    "lastLoss",
    "adopted"
})
public record LeaseView(
        @Schema(pattern = OpenApiPatterns.ACCOUNT) String account,
        LeaseStatus status,
        int generation,
        @Schema(nullable = true) @Nullable String fingerprint,
        @Schema(enumeration = {"recreate", "report"}) String onLoss,
        SortedSet<String> holders,
        Instant registeredAt,
        @Schema(nullable = true) @Nullable Instant lastSuccessAt,
        @Schema(nullable = true) @Nullable Instant expiresAt,
        @Schema(nullable = true) @Nullable Instant confirmedAt,

        @Schema(description = "When a call can really leave: not before the end of a pause", nullable = true) @Nullable
        Instant nextAttemptAt,

        int failures,
        int attemptsLeft,
        @Schema(nullable = true) @Nullable FailureView lastFailure,
        @Schema(nullable = true) @Nullable LossView lastLoss,

        @Schema(
                description =
                        "Whether the listenKey of the registration is the active key; only in the answer to a registration that"
                                + " came with one")
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable
        Boolean adopted) {

    /** What failed last; it stays after a recovery. */
    @Schema(
            name = "Failure",
            requiredProperties = {"at", "reason", "httpStatus", "code", "message"})
    @JsonPropertyOrder({"at", "reason", "httpStatus", "code", "message"})
    public record FailureView(
            Instant at,
            Failure.Reason reason,
            @Schema(nullable = true) @Nullable Integer httpStatus,
            @Schema(nullable = true) @Nullable Integer code,
            String message) {
        static @Nullable FailureView of(@Nullable Failure failure) {
            return failure == null
                    ? null
                    : new FailureView(
                            failure.at(), failure.reason(), failure.httpStatus(), failure.code(), failure.message());
        }
    }

    /** What was lost last. Between lostAt and recoveredAt a consumer must reconcile by REST. */
    @Schema(
            name = "Loss",
            requiredProperties = {"cause", "lostAt", "recoveredAt", "fingerprint"})
    @JsonPropertyOrder({"cause", "lostAt", "recoveredAt", "fingerprint"})
    public record LossView(
            LossCause cause,
            Instant lostAt,
            @Schema(nullable = true) @Nullable Instant recoveredAt,
            String fingerprint) {
        static @Nullable LossView of(@Nullable Loss loss) {
            return loss == null
                    ? null
                    : new LossView(loss.cause(), loss.lostAt(), loss.recoveredAt(), loss.fingerprint());
        }
    }

    static LeaseView of(Lease lease, LeaseStatus status, @Nullable Instant nextAttemptAt, int attemptsLeft) {
        ListenKey key = lease.key();
        return new LeaseView(
                lease.account(),
                status,
                lease.generation(),
                key == null ? null : key.value().fingerprint(),
                WireWord.of(lease.onLoss()),
                lease.registration().holders(),
                lease.registration().registeredAt(),
                key == null ? null : key.lastSuccessAt(),
                lease.expiresAt(),
                key == null ? null : key.confirmedAt(),
                nextAttemptAt,
                lease.state().failures(),
                attemptsLeft,
                FailureView.of(lease.lastFailure()),
                LossView.of(lease.lastLoss()),
                null);
    }

    LeaseView withAdopted(@Nullable Boolean value) {
        return new LeaseView(
                account,
                status,
                generation,
                fingerprint,
                onLoss,
                holders,
                registeredAt,
                lastSuccessAt,
                expiresAt,
                confirmedAt,
                nextAttemptAt,
                failures,
                attemptsLeft,
                lastFailure,
                lastLoss,
                value);
    }
}
