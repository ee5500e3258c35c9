/**
 * The audit: calls of clients and their results, in rows that are chained by hashes, so that a removed or changed row is
 * found. Start at {@link dev.listenkeyd.audit.AuditLog}; {@link dev.listenkeyd.audit.AuditRow} describes the hash.
 */
@NullMarked
package dev.listenkeyd.audit;

import org.jspecify.annotations.NullMarked;
