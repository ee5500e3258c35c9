/**
 * Leases on disk: one SQLite file in WAL mode, every change durable before it counts. Start at {@link
 * dev.listenkeyd.store.SqliteLeaseStore}; {@link dev.listenkeyd.store.StoreFile} looks at the file before anything opens
 * it. The schema is in {@code resources/db/migration}.
 */
@NullMarked
package dev.listenkeyd.store;

import org.jspecify.annotations.NullMarked;
