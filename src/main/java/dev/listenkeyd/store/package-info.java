/**
 * Leases and audit on disk, in one SQLite file in WAL mode. Start at {@link dev.listenkeyd.store.Store}, the whole of it;
 * {@link dev.listenkeyd.store.StoreWriter} is the one thread that writes. The schema is in {@code resources/db/migration}.
 */
@NullMarked
package dev.listenkeyd.store;

import org.jspecify.annotations.NullMarked;
