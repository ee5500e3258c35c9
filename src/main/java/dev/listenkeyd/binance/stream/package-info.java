/**
 * The stream watch: connects to the streams of accounts as bots do, to learn at once that a key has expired or was closed. Only
 * the exchange's REST reply declares a loss. Start at {@link dev.listenkeyd.binance.stream.StreamWatch}; {@link
 * dev.listenkeyd.binance.stream.WatchedStream} decides, {@link dev.listenkeyd.binance.stream.StreamClient} connects.
 */
@NullMarked
package dev.listenkeyd.binance.stream;

import org.jspecify.annotations.NullMarked;
