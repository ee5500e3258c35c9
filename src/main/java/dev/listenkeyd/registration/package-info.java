/**
 * What callers may ask of the leases: register, release, renew now. Start at {@link
 * dev.listenkeyd.registration.Leases}. Each change is on disk before its caller is answered.
 */
@NullMarked
package dev.listenkeyd.registration;

import org.jspecify.annotations.NullMarked;
