/**
 * Serves callers: registers, releases and renews leases on request. Each change is on disk before its caller is answered.
 * Start at {@link dev.listenkeyd.registration.Leases}.
 */
@NullMarked
package dev.listenkeyd.registration;

import org.jspecify.annotations.NullMarked;
