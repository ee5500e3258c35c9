/**
 * A stand-in for the exchange, to try the daemon without an account. {@link dev.listenkeyd.sandbox.SandboxExchange} keeps the
 * rules; start at {@link dev.listenkeyd.sandbox.SandboxResource}, which speaks HTTP.
 */
@NullMarked
package dev.listenkeyd.sandbox;

import org.jspecify.annotations.NullMarked;
