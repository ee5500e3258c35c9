package dev.listenkeyd.audit;

import dev.listenkeyd.encoding.WireWord;

/** The kinds of entries. */
public enum Action {
    REGISTER,
    RELEASE,
    /** A client asked for the raw listen key. */
    REVEAL,
    RENEW,
    /** A client paused an account, for maintenance. */
    PAUSE,
    /** A client ended the pause of an account. */
    RESUME,
    /** A person lifted the pause of the IP address. */
    LIFT_PAUSE,
    /** A client had a test sent to a webhook. */
    TEST_WEBHOOK,
    /** A registration replaced the API key of the account. */
    CREDENTIALS_REPLACED,
    /** An agent called a tool; the result names the tool and the rule. */
    TOOL,
    /** A person approved or rejected a call of a tool; the result names the tool and the agent. */
    DECIDE,
    START,
    STOP,
    /** A call of another kind; recorded only when it was forbidden. */
    OTHER,
    /** Stands for entries that could not be kept. */
    GAP;

    /** Its name in a row. */
    public String word() {
        return WireWord.of(this);
    }
}
