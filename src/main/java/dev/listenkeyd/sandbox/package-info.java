/**
 * A stand-in for the exchange, to see the daemon work without an account. {@link dev.listenkeyd.sandbox.ExchangeRules} has the
 * rules and {@link dev.listenkeyd.sandbox.Reply} the words on the wire, also for the stand-ins of the tests. {@link
 * dev.listenkeyd.sandbox.SandboxExchange} adds faults, {@link dev.listenkeyd.sandbox.SandboxResource} HTTP.
 */
@NullMarked
package dev.listenkeyd.sandbox;

import org.jspecify.annotations.NullMarked;
