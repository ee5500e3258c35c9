/**
 * What people and machines see: log lines, metrics and health, all made from the core's events and its live leases. They
 * observe; nothing here decides.
 */
@NullMarked
package dev.listenkeyd.telemetry;

import org.jspecify.annotations.NullMarked;
