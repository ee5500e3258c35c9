/**
 * listenkeyd keeps Binance options listen keys alive.
 *
 * <p>{@code renewal} is the core and imports none of the others; nearly every other package imports it: {@code binance}
 * calls the exchange, {@code store} keeps leases on disk, {@code access} decides who may call and
 * {@code connection} which connections are kept, {@code http} is the API and
 * {@code mcp} the tools for agents, both of which show leases as {@code view} has them; {@code policy} and {@code approval}
 * say which calls of agents are made; {@code audit} records who called what, {@code telemetry} makes log, metrics and
 * health from events, {@code sandbox} stands in for the exchange, {@code files} reads files that settings name, {@code app}
 * puts all of it together.
 *
 * <p>The path of a lease: {@code http.ListenKeysResource} registers it with {@code renewal.Leases}, which writes it to
 * the store first; {@code renewal.RenewalEngine} takes it from the queue when it is due and the gate allows;
 * {@code binance.BinanceGateway} makes the call and answers with an outcome; {@code renewal.RenewalPolicy} decides what
 * follows and when; the lease goes back into the store and the queue, and one event tells the observers. To read the
 * code, start at {@code renewal.RenewalEngine#run}.
 */
@NullMarked
package dev.listenkeyd;

import org.jspecify.annotations.NullMarked;
