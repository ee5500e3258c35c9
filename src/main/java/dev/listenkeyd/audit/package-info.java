/**
 * Who did what, when, and what came of it: rows that are chained by hashes, so that one that was removed or changed is
 * found. Knows nothing of HTTP, SQL or leases. Start at {@link dev.listenkeyd.audit.AuditLog}; the form of a row's hash is
 * in {@link dev.listenkeyd.audit.AuditRow}.
 */
@NullMarked
package dev.listenkeyd.audit;

import org.jspecify.annotations.NullMarked;
