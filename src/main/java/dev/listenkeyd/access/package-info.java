/**
 * Authentication of clients by tokens, their scopes, and the checks of every call before it reaches a route. Start at {@link
 * dev.listenkeyd.access.BearerAuthentication}.
 */
@NullMarked
package dev.listenkeyd.access;

import org.jspecify.annotations.NullMarked;
