package dev.listenkeyd.registration;

import dev.listenkeyd.lease.Failure;
import dev.listenkeyd.lease.Lease;
import dev.listenkeyd.lease.LeaseRefused;
import dev.listenkeyd.lease.LeaseRefused.Refusal;
import dev.listenkeyd.lease.LeaseState;
import dev.listenkeyd.lease.ListenKey;
import dev.listenkeyd.lease.OnLoss;
import dev.listenkeyd.lease.RenewalOutcome;
import dev.listenkeyd.lease.Secret;
import dev.listenkeyd.renewal.AttemptResult;
import org.jspecify.annotations.Nullable;

/** Maps the result of an attempt to a result or a refusal for its caller. */
final class RegistrationResults {
    private RegistrationResults() {}

    /** The reason to remove a registration after its first attempt; null to keep it. */
    static @Nullable Refusal refusalOf(Lease lease, RenewalOutcome outcome) {
        if (lease.key() != null) {
            return null;
        }
        Failure failure = outcome.failed();
        if (failure == null) {
            return lease.isLost() ? Refusal.ANOTHER_KEY_ACTIVE : null;
        }
        boolean dead = failure.reason() == Failure.Reason.NO_ACTIVE_KEY
                && lease.state().unpaused() instanceof LeaseState.Lost;
        if (dead) {
            return Refusal.NO_ACTIVE_KEY;
        }
        return failure.reason() == Failure.Reason.CREDENTIALS_REFUSED ? Refusal.CREDENTIALS_REFUSED : null;
    }

    /** The lease, when the exchange has accepted the new API key. */
    static Lease apiKeyWorks(AttemptResult answer) {
        return asked(answer, "the new apiKey could not be tried in time; the old one stays");
    }

    private static Lease asked(AttemptResult answer, String tooLate) {
        Lease lease = present(answer);
        if (answer.outcome() == null) {
            AccountPauses.requireCalls(lease);
            throw new LeaseRefused(Refusal.UPSTREAM_UNAVAILABLE, tooLate);
        }
        Failure failure = answer.outcome().failed();
        if (failure == null || failure.reason() == Failure.Reason.NO_ACTIVE_KEY) {
            return lease;
        }
        boolean refused = failure.reason() == Failure.Reason.CREDENTIALS_REFUSED;
        throw refused(refused ? Refusal.CREDENTIALS_REFUSED : Refusal.UPSTREAM_UNAVAILABLE, failure);
    }

    /** The lease after its active key was asked for; refused when the caller insists on another key. */
    static Lease compared(AttemptResult answer, RegistrationRequest request) {
        Lease lease = asked(answer, "the active key could not be asked for in time");
        boolean other = lease.key() == null || !lease.key().value().equals(request.listenKey());
        OnLoss onLoss = request.onLoss() == null ? lease.onLoss() : request.onLoss();
        if (other && onLoss == OnLoss.REPORT) {
            throw refused(Refusal.ANOTHER_KEY_ACTIVE, null);
        }
        return lease;
    }

    static void closed(AttemptResult answer) {
        if (answer.outcome() == null) {
            AccountPauses.requireCalls(present(answer));
            throw new LeaseRefused(
                    Refusal.UPSTREAM_UNAVAILABLE, "no call could leave in time to close the key; it is kept alive");
        }
        if (answer.outcome().failed() != null) {
            throw refused(Refusal.UPSTREAM_UNAVAILABLE, answer.outcome().failed());
        }
    }

    static Lease present(AttemptResult answer) {
        if (answer.lease() == null) {
            throw new LeaseRefused(Refusal.NOT_FOUND, "account: the lease has ended meanwhile");
        }
        return answer.lease();
    }

    static LeaseRefused refused(Refusal refusal, @Nullable Failure failure) {
        String what = switch (refusal) {
            case CREDENTIALS_REFUSED -> "the exchange does not accept this API key";
            case NO_ACTIVE_KEY -> "the account has no active listen key";
            case ANOTHER_KEY_ACTIVE -> "another listen key is active on this account";
            default -> "the exchange could not do it";
        };
        return new LeaseRefused(refusal, failure == null ? what : what + "; " + failure.told());
    }

    static Registered registered(Lease lease, RegistrationRequest request) {
        return new Registered(lease, false, false, adopted(lease, request));
    }

    static Registered registered(AttemptResult answer, RegistrationRequest request, boolean created, boolean replaced) {
        Lease lease = RegistrationResults.present(answer);
        return new Registered(lease, created, replaced, adopted(lease, request));
    }

    /** Whether the caller's listen key is the active one; null without one, or when it is not known yet. */
    private static @Nullable Boolean adopted(Lease lease, RegistrationRequest request) {
        ListenKey held = lease.key();
        Secret theirs = request.listenKey();
        if (held == null || theirs == null) {
            return null;
        }
        boolean same = held.value().equals(theirs);
        // While the account is paused, the exchange can't be asked whether another key has become active.
        boolean known = same || lease.pause() == null;
        return known ? (Boolean) same : null;
    }
}
