/**
 * A stand-in for the exchange, to try the daemon without an account. {@link dev.listenkeyd.sandbox.ExchangeRules} has the
 * rules and {@link dev.listenkeyd.sandbox.Reply} the replies, also for the stand-ins of the tests. {@link
 * dev.listenkeyd.sandbox.SandboxExchange} adds faults. Start at {@link dev.listenkeyd.sandbox.SandboxResource}, for the stream at {@link
 * dev.listenkeyd.sandbox.SandboxStream}.
 */
@NullMarked
package dev.listenkeyd.sandbox;

import org.jspecify.annotations.NullMarked;
