/**
 * Leases as every face of the daemon shows them: the HTTP API and the tools for agents. Raw keys have no place here.
 */
@NullMarked
package dev.listenkeyd.view;

import org.jspecify.annotations.NullMarked;
