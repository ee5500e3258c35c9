/**
 * The HTTP API: a thin face of {@link dev.listenkeyd.registration.Leases}. Requests are parsed and checked here, answers are
 * rendered here, nothing is decided here.
 */
@NullMarked
package dev.listenkeyd.http;

import org.jspecify.annotations.NullMarked;
