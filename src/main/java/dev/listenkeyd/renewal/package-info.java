/**
 * The core: when to renew a listen key, what a reply means for it, and who may call the exchange next.
 *
 * <p>Start at {@link dev.listenkeyd.renewal.RenewalEngine}: it takes what is due from {@link
 * dev.listenkeyd.renewal.DueQueue}, asks {@link dev.listenkeyd.budget.ExchangeGate}, calls the {@link
 * dev.listenkeyd.lease.LeaseGateway}, lets {@link dev.listenkeyd.renewal.RenewalPolicy} decide and writes the result
 * to {@link dev.listenkeyd.renewal.LeaseRegistry}, which the store follows. Callers come in by {@link
 * dev.listenkeyd.registration.Leases}. It imports no framework, takes time and chance from outside, and has no
 * logger: all that happens leaves as a {@link dev.listenkeyd.lease.RenewalEvent}.
 */
@NullMarked
package dev.listenkeyd.renewal;

import org.jspecify.annotations.NullMarked;
