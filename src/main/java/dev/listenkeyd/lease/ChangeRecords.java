package dev.listenkeyd.lease;

import java.util.List;

/**
 * Records that are written together with a lease.
 *
 * @param losses each in place of an earlier record with its number
 * @param deliveries pending ones are added, others removed
 */
public record ChangeRecords(List<Loss> losses, List<Delivery> deliveries) {
    public static final ChangeRecords NONE = new ChangeRecords(List.of(), List.of());
}
