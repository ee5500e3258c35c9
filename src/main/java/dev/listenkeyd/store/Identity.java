package dev.listenkeyd.store;

import java.time.Duration;

/**
 * How one process is known in a store that several share.
 *
 * @param id of this process; another one with each start
 * @param replica its configured name
 * @param ttl how long its membership lasts from each beat
 */
public record Identity(String id, String replica, Duration ttl) {}
