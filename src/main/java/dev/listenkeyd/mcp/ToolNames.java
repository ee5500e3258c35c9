package dev.listenkeyd.mcp;

import java.util.Set;

/** Names of the tools. The first three are those of the public servers for Binance: prompts and policies name them. */
final class ToolNames {
    static final String RENEW = "BinanceOptionsRenewListenKey";
    static final String CREATE = "BinanceOptionsCreateListenKey";
    static final String DELETE = "BinanceOptionsDeleteListenKey";
    static final String STATUS = "BinanceOptionsListenKeyStatus";
    static final String EXPLAIN = "BinanceOptionsListenKeyExplain";
    static final String WHAT_IF = "BinanceOptionsListenKeyWhatIf";

    static final Set<String> ALL = Set.of(RENEW, CREATE, DELETE, STATUS, EXPLAIN, WHAT_IF);

    /** In place of a name that is none of them. */
    static final String UNKNOWN = "(unknown)";

    private ToolNames() {}
}
