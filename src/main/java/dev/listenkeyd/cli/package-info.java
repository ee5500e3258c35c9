/**
 * The command line: the binary as a client of a running daemon. It starts nothing of the daemon, and loads few classes, so
 * that a call ends soon. Start at {@link dev.listenkeyd.cli.CommandLine#run}.
 */
@NullMarked
package dev.listenkeyd.cli;

import org.jspecify.annotations.NullMarked;
