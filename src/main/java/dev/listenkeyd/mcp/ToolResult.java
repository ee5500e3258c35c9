package dev.listenkeyd.mcp;

import java.util.Map;

/**
 * What a call came to.
 *
 * @param word for the audit
 * @param text for the model
 * @param content as the output schema of the tool has it
 * @param counts whether the call uses up its quota: not, when it was meant for the exchange and did not get there
 */
record ToolResult(boolean isError, String word, String text, Map<String, Object> content, boolean counts) {}
