/**
 * Puts the process together: {@link dev.listenkeyd.app.Beans} builds the objects, {@link dev.listenkeyd.app.Lifecycle} starts
 * and stops them, {@link dev.listenkeyd.app.RenewalLoop} ticks the engine, and {@link dev.listenkeyd.app.Heartbeat} runs all
 * other periodic tasks. This is the only package that takes time and chance from the machine.
 */
@NullMarked
package dev.listenkeyd.app;

import org.jspecify.annotations.NullMarked;
