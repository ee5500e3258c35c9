/**
 * A stand-in for the exchange, to see the daemon work without an account: {@link
 * dev.listenkeyd.sandbox.SandboxExchange} keeps the rules, {@link dev.listenkeyd.sandbox.SandboxResource} speaks HTTP.
 */
@NullMarked
package dev.listenkeyd.sandbox;

import org.jspecify.annotations.NullMarked;
