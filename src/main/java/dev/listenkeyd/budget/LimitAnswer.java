package dev.listenkeyd.budget;

import dev.listenkeyd.lease.RenewalOutcome;

/** The answer to the limit query. */
public sealed interface LimitAnswer {

    /** The outcome of the call, as for any other call. */
    RenewalOutcome outcome();

    /** @param weight for the whole IP, in a window as long as the budget's; at least 1 */
    record Named(RenewalOutcome.Renewed outcome, int weight) implements LimitAnswer {}

    /** The reply named no limit, or there was none. */
    record NotNamed(RenewalOutcome outcome) implements LimitAnswer {}
}
