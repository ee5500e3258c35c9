/**
 * Who may call: clients with tokens and scopes, and what is refused before any route is reached. Concerns every route of
 * the HTTP server, whatever serves it. To read it, start at {@link dev.listenkeyd.access.BearerAuthentication}.
 */
@NullMarked
package dev.listenkeyd.access;

import org.jspecify.annotations.NullMarked;
