package dev.listenkeyd.mcp.calls;

import java.util.Set;

/** Names of the tools. The first three are those of the public servers for Binance, so that prompts and policies fit. */
public final class ToolNames {
    public static final String RENEW = "BinanceOptionsRenewListenKey";
    public static final String CREATE = "BinanceOptionsCreateListenKey";
    public static final String DELETE = "BinanceOptionsDeleteListenKey";
    public static final String STATUS = "BinanceOptionsListenKeyStatus";
    public static final String EXPLAIN = "BinanceOptionsListenKeyExplain";
    public static final String WHAT_IF = "BinanceOptionsListenKeyWhatIf";

    public static final Set<String> ALL = Set.of(RENEW, CREATE, DELETE, STATUS, EXPLAIN, WHAT_IF);

    /** Stands for any other name: that is text which the agent chose. */
    public static final String UNKNOWN = "(unknown)";

    private ToolNames() {}
}
