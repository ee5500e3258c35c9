/**
 * Bounds the number of connections to the HTTP server, before TLS, so that connections without a valid token can't take the
 * places of others. Start at {@link dev.listenkeyd.connection.Connections}.
 */
@NullMarked
package dev.listenkeyd.connection;

import org.jspecify.annotations.NullMarked;
