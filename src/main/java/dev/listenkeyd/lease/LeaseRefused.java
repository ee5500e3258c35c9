package dev.listenkeyd.lease;

import dev.listenkeyd.encoding.WireWord;

/** A request that can't be granted. The message is for the caller and holds no secret. */
public final class LeaseRefused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Refusal {
        INVALID_REQUEST,
        NOT_FOUND,
        ACCOUNT_UNKNOWN,
        CREDENTIALS_REFUSED,
        NO_ACTIVE_KEY,
        ANOTHER_KEY_ACTIVE,
        HOLDERS_REMAIN,
        API_KEY_DIFFERS,
        FORBIDDEN,
        /** There are as many leases as there may be. */
        FULL,
        LOST,
        /** There has not been a key yet. */
        PENDING,
        UPSTREAM_UNAVAILABLE,
        STORE_UNAVAILABLE,
        /** Something else of this kind is under way; it can be asked for again a moment later. */
        BUSY
    }

    private final Refusal refusal;
    private final String detail;

    public LeaseRefused(Refusal refusal, String detail) {
        super(detail);
        this.refusal = refusal;
        this.detail = detail;
    }

    /** The message, which is always there. */
    public String detail() {
        return detail;
    }

    public Refusal refusal() {
        return refusal;
    }

    /** The stable word that callers are told, such as {@code not-found}. */
    public String code() {
        return WireWord.of(refusal);
    }
}
