package dev.listenkeyd.renewal;

import dev.listenkeyd.renewal.LeaseRefused.Refusal;
import dev.listenkeyd.renewal.Leases.Registered;
import dev.listenkeyd.renewal.Wishes.Answer;
import org.jspecify.annotations.Nullable;

/** What the answer of an attempt means for the caller who waited for it. */
final class Verdict {
    private Verdict() {}

    /** Why a registration can't be kept after its first attempt; null when it can. */
    static @Nullable Refusal refusalOf(Lease lease) {
        boolean neverLived = lease.key() == null;
        Failure failure = lease.lastFailure();
        if (neverLived && lease.isPending() && failure != null) {
            return failure.reason() == Failure.Reason.CREDENTIALS_REFUSED ? Refusal.CREDENTIALS_REFUSED : null;
        }
        if (neverLived && lease.state() instanceof LeaseState.Lost) {
            return failure == null ? Refusal.ANOTHER_KEY_ACTIVE : Refusal.NO_ACTIVE_KEY;
        }
        return null;
    }

    static Registered apiKeyReplaced(Answer answer) {
        Lease lease = present(answer);
        Failure failure = answer.outcome() == null ? null : answer.outcome().failed();
        if (answer.outcome() == null) {
            throw new LeaseRefused(
                    Refusal.UPSTREAM_UNAVAILABLE, "the new apiKey could not be tried in time; the old one stays");
        }
        if (failure != null && failure.reason() == Failure.Reason.CREDENTIALS_REFUSED) {
            throw refused(Refusal.CREDENTIALS_REFUSED, failure);
        }
        if (failure != null && failure.reason() != Failure.Reason.NO_ACTIVE_KEY) {
            throw refused(Refusal.UPSTREAM_UNAVAILABLE, failure);
        }
        return new Registered(lease, false);
    }

    static Registered compared(Answer answer, Secret listenKey) {
        Lease lease = present(answer);
        boolean other = lease.key() == null || !lease.key().value().equals(listenKey);
        if (other && lease.onLoss() == OnLoss.REPORT) {
            throw refused(Refusal.ANOTHER_KEY_ACTIVE, null);
        }
        return new Registered(lease, false);
    }

    static void closed(Answer answer) {
        Failure failure = answer.outcome() == null ? null : answer.outcome().failed();
        if (answer.outcome() == null || failure != null) {
            throw refused(Refusal.UPSTREAM_UNAVAILABLE, failure);
        }
    }

    static Lease present(Answer answer) {
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
        return new LeaseRefused(refusal, failure == null ? what : what + ": " + failure.message());
    }
}
