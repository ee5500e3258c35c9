package dev.listenkeyd.budget;

import dev.listenkeyd.lease.RenewalOutcome;

/** What came of the question for the exchange's own limit. */
public sealed interface LimitAnswer {

    /** What the call came to, as for any other call. */
    RenewalOutcome outcome();

    /** @param weight for the whole IP, in a window as long as the budget's; at least 1 */
    record Named(RenewalOutcome.Renewed outcome, int weight) implements LimitAnswer {}

    /** No limit could be read. */
    record NotNamed(RenewalOutcome outcome) implements LimitAnswer {}
}
