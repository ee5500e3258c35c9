/**
 * listenkeyd keeps Binance options listen keys alive. An arrow between packages goes from the outside to the core; the test
 * {@code ArchitectureTest} holds the list.
 *
 * <table>
 * <caption>The packages, from the core to the outside</caption>
 * <tr><td>{@code encoding}<td>how values are written where others read them
 * <tr><td>{@code lease}<td>values and ports
 * <tr><td>{@code budget}<td>whether a call may leave now
 * <tr><td>{@code renewal}<td>the engine, and the registry of live leases
 * <tr><td>{@code forecast}<td>predictions, in numbers and words
 * <tr><td>{@code registration}<td>registers, releases and renews on request
 * <tr><td>{@code binance}<td>all that knows the exchange
 * <tr><td>{@code accounts}<td>the folder with a file for each account
 * <tr><td>{@code store}, {@code secrets}<td>leases and audit on disk, and their encryption
 * <tr><td>{@code access}, {@code connection}<td>which callers and connections are admitted
 * <tr><td>{@code http}, {@code view}<td>the API, and how it shows leases
 * <tr><td>{@code ui}<td>the page for people, a client of the API
 * <tr><td>{@code mcp}, {@code policy}, {@code approval}<td>the tools for agents, and which of their calls are made
 * <tr><td>{@code audit}<td>the record of all calls
 * <tr><td>{@code telemetry}<td>log, metrics and health, made from events
 * <tr><td>{@code sandbox}<td>a stand-in for the exchange
 * <tr><td>{@code cli}<td>the command line, a client of the API
 * <tr><td>{@code config}, {@code files}<td>settings, and the files that they name
 * <tr><td>{@code app}<td>the beans, and the life of the process
 * </table>
 *
 * <p>The path of a lease: {@code http.ListenKeysResource} registers it with {@code registration.Leases}. {@code
 * renewal.RenewalEngine} takes it when it is due and the gate permits the call. {@code binance.BinanceGateway} makes the
 * call and answers with an outcome. {@code renewal.LeaseTransitions} decides what follows and when. {@code
 * renewal.LeaseRegistry} takes the change, the store follows, and one event tells the observers. Start reading at {@code
 * renewal.RenewalEngine#tick}.
 */
@NullMarked
package dev.listenkeyd;

import org.jspecify.annotations.NullMarked;
