package dev.listenkeyd.audit;

import dev.listenkeyd.encoding.WireWord;

/** What was done. */
public enum Action {
    REGISTER,
    RELEASE,
    /** The raw listen key was asked for. */
    REVEAL,
    RENEW,
    /** A pause of the whole IP was lifted by hand. */
    LIFT_PAUSE,
    /** A registration brought another API key, and the account goes by it from now on. */
    CREDENTIALS_REPLACED,
    /** An agent called a tool; which one and by what rule stands in the result. */
    TOOL,
    /** A person approved or rejected a call of a tool; which one of whose agent stands in the result. */
    DECIDE,
    START,
    STOP,
    /** A call of another kind; recorded only when the client was not allowed to make it. */
    OTHER,
    /** In place of entries that could not be kept. */
    GAP;

    /** As it stands in a row. */
    public String word() {
        return WireWord.of(this);
    }
}
