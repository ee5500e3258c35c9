/**
 * The HTTP API: a thin face of {@link dev.listenkeyd.registration.Leases}, which parses requests and renders answers. Start at
 * {@link dev.listenkeyd.http.ListenKeysResource}.
 */
@NullMarked
package dev.listenkeyd.http;

import org.jspecify.annotations.NullMarked;
