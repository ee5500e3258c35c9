package dev.listenkeyd.lease;

/** The kinds of {@link FeedEvent}. Their wire words are part of the API. */
public enum EventType {
    REGISTERED,
    /** The key string is another one: created, recreated or rotated. */
    KEY,
    /** The first failed attempt in a row. */
    FAILING,
    RECOVERED,
    /** The key may die before a call can save it, also when only time has made it so. */
    AT_RISK,
    LOST,
    HOLDERS,
    /** A pause of the account has begun or ended, or is another one: the status tells which. */
    PAUSED,
    RELEASED,
    /** A call has succeeded, as most do. Only for who asks for it by name, and not kept. */
    RENEWED,

    GATE_CLOSED,
    GATE_OPENED,
    EXCHANGE_UNREACHABLE,
    EXCHANGE_REACHABLE,
    CLOCK_JUMPED,
    STORE_FAILING,
    STORE_RECOVERED
}
