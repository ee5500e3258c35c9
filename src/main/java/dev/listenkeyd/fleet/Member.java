package dev.listenkeyd.fleet;

import java.time.Instant;

/**
 * A running replica, as it reported itself last.
 *
 * @param id of this process; another one with each start
 * @param replica its configured name
 * @param startedAt by the store's clock
 * @param leases number of leases that it owns
 * @param weight request weight per window that it may use now: its share of the leases follows it; 0 takes no leases and gives
 *     its own away
 */
public record Member(String id, String replica, Instant startedAt, int leases, int weight) {}
