package dev.listenkeyd.lease;

import dev.listenkeyd.encoding.WireWord;

/** A request that is refused. The message is for the caller and holds no secret. */
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
        /** The maximum number of leases is reached. */
        FULL,
        LOST,
        /** The lease has never had a key. */
        PENDING,
        /** The account is paused, and this needs a call to the exchange. */
        PAUSED,
        UPSTREAM_UNAVAILABLE,
        STORE_UNAVAILABLE,
        /** Too many requests of this kind are in progress; retry in a moment. */
        BUSY
    }

    private final Refusal refusal;
    private final String detail;

    public LeaseRefused(Refusal refusal, String detail) {
        super(detail);
        this.refusal = refusal;
        this.detail = detail;
    }

    /** Refuses a call for a paused account. */
    public static LeaseRefused paused(AccountPause pause) {
        return new LeaseRefused(
                Refusal.PAUSED,
                "account: paused until " + pause.until() + " for maintenance: " + pause.quoted()
                        + "; no call to the exchange is made for it meanwhile");
    }

    /** The message, which is always there. */
    public String detail() {
        return detail;
    }

    public Refusal refusal() {
        return refusal;
    }

    /** The problem code of the API, such as {@code not-found}. */
    public String code() {
        return WireWord.of(refusal);
    }
}
