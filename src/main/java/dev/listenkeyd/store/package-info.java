/**
 * Leases on disk: one SQLite file in WAL mode, secrets encrypted. Start at {@link dev.listenkeyd.store.SqliteLeaseStore};
 * {@link dev.listenkeyd.store.StoreWriter} is the one thread that writes, {@link dev.listenkeyd.store.StoreFile} looks at the file before anything opens
 * it, {@link dev.listenkeyd.secrets.SecretCipher} is the form of a secret. {@link dev.listenkeyd.store.SqliteAuditStore} keeps
 * the audit in the same file. The schema is in {@code resources/db/migration}.
 */
@NullMarked
package dev.listenkeyd.store;

import org.jspecify.annotations.NullMarked;
