/**
 * Decides whether a call to the exchange may leave now: request weight, pauses that the exchange ordered, and outages. Start
 * at {@link dev.listenkeyd.budget.ExchangeGate}; every call holds a {@link dev.listenkeyd.budget.Permit} from it.
 */
@NullMarked
package dev.listenkeyd.budget;

import org.jspecify.annotations.NullMarked;
