package dev.listenkeyd.http;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.listenkeyd.renewal.Failure;
import dev.listenkeyd.renewal.HeldKey;
import dev.listenkeyd.renewal.Lease;
import dev.listenkeyd.renewal.LeaseStatus;
import dev.listenkeyd.renewal.Loss;
import dev.listenkeyd.renewal.LossCause;
import java.time.Instant;
import java.util.Locale;
import java.util.SortedSet;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** A lease as the API shows it. */
@Schema(name = "Lease")
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
    "lastLoss"
})
record LeaseView(
        String account,
        LeaseStatus status,
        int generation,
        @Nullable String fingerprint,
        String onLoss,
        SortedSet<String> holders,
        Instant registeredAt,
        @Nullable Instant lastSuccessAt,
        @Nullable Instant expiresAt,
        @Nullable Instant confirmedAt,
        @Nullable Instant nextAttemptAt,
        int failures,
        int attemptsLeft,
        @Nullable FailureView lastFailure,
        @Nullable LossView lastLoss) {

    /** What failed last; it stays after a recovery. */
    @Schema(name = "Failure")
    @JsonPropertyOrder({"at", "reason", "httpStatus", "code", "message"})
    record FailureView(
            Instant at,
            Failure.Reason reason,
            @Nullable Integer httpStatus,
            @Nullable Integer code,
            String message) {}

    /** What was lost last. Between lostAt and recoveredAt a consumer must reconcile by REST. */
    @Schema(name = "Loss")
    @JsonPropertyOrder({"cause", "lostAt", "recoveredAt", "fingerprint"})
    record LossView(
            LossCause cause, Instant lostAt, @Nullable Instant recoveredAt, String fingerprint) {}

    static LeaseView of(Lease lease, LeaseStatus status, int attemptsLeft) {
        HeldKey key = lease.key();
        return new LeaseView(
                lease.account(),
                status,
                lease.generation(),
                key == null ? null : key.value().fingerprint(),
                lease.onLoss().name().toLowerCase(Locale.ROOT),
                lease.registration().holders(),
                lease.registration().registeredAt(),
                key == null ? null : key.lastSuccessAt(),
                lease.expiresAt(),
                key == null ? null : key.confirmedAt(),
                lease.state().nextAttemptAt(),
                lease.state().failures(),
                attemptsLeft,
                view(lease.lastFailure()),
                view(lease.lastLoss()));
    }

    private static @Nullable FailureView view(@Nullable Failure failure) {
        return failure == null
                ? null
                : new FailureView(
                        failure.at(), failure.reason(), failure.httpStatus(), failure.code(), failure.message());
    }

    private static @Nullable LossView view(@Nullable Loss loss) {
        return loss == null ? null : new LossView(loss.cause(), loss.lostAt(), loss.recoveredAt(), loss.fingerprint());
    }
}
