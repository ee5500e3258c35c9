/**
 * Which connections to the HTTP server are kept: their number is bounded, and whoever brings no valid token can't take the
 * places of others. Concerns every port, encrypted or not, from the moment a connection is accepted. To read it, start at
 * {@link dev.listenkeyd.connection.Connections}.
 */
@NullMarked
package dev.listenkeyd.connection;

import org.jspecify.annotations.NullMarked;
