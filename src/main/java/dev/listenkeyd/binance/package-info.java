/**
 * Everything that knows the exchange: its product, calls, replies and limits. HTTP ends here: {@link
 * dev.listenkeyd.binance.ReplyReader} turns every reply into one outcome of the core.
 */
@NullMarked
package dev.listenkeyd.binance;

import org.jspecify.annotations.NullMarked;
